//! Looks for texts on which a parser takes too long, takes too much memory, or ends the process.
//!
//! `cargo run --release -p hob-index --example parser_attack -- [--seconds N] [--seed N] [--bytes N] [--language ID]`
//!
//! Candidates are short sequences of a grammar's own tokens, repeated up to a size, and token soups. They are outlined in a
//! child process, which reports time and peak memory (Linux) and is started anew when it dies or hangs.
//! `-- --replay ID FILE` outlines one file in this process; `-- --survey FOLDER…` says which real files are given up.

#![expect(clippy::print_stdout, reason = "an example reports on standard output")]

use hob_index::language::Language;
use hob_index::outline::outline;
use hob_index::parser::{self, Budget};
use hob_index::walk;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Slower candidates are reported.
const SLOW: Duration = Duration::from_secs(3);
/// Candidates that take more memory are reported, in bytes.
const LARGE: usize = 400 << 20;
/// A child that takes longer is ended.
const HANGS: Duration = Duration::from_secs(20);

/// One language per grammar.
const LANGUAGES: [&str; 27] = [
    "rust",
    "python",
    "javascript",
    "typescript",
    "typescriptreact",
    "go",
    "java",
    "kotlin",
    "c",
    "cpp",
    "csharp",
    "ruby",
    "php",
    "swift",
    "scala",
    "lua",
    "shellscript",
    "sql",
    "zig",
    "html",
    "css",
    "markdown",
    "yaml",
    "toml",
    "json",
    "jsonc",
    "vue",
];

/// Tokens that grammars do not list, and openers that languages nest; `␣` is a blank.
const EVERYWHERE: &str = "a b x 1 2.5 \"s\" 's' ` \" ' \\ # // /* */ /** <!-- --> \n \n\n ␣␣ \n␣␣ \t \
    \n\t x=> x? y: a<b f( ( [ { } ) ] <a> </a> < > ${ \"${ \"$( $( `${ #{ \"#{ \"\\( <<A <<-A \n<<A\n r#\" r##\" \"\"\" ''' @\" \
    @ $ % & && | || * ** + ++ - -- ! != ~ ^ , ; : :: . .. ... ?. ?? -> => = == <- |> \n- \n> \n* \n1. \n### \n``` \n~~~ \n| \
    if else for while do end let var int class struct enum fn def func function match case switch return new try catch \
    async await yield lambda import from A<A< <A, (a) *a &a [a] {a} a: -␣ ?␣ &a␣ *a␣ |- %> <% <?php ?> \0 é 𝒳 \u{feff}";

/// A small generator of pseudo-random numbers (xorshift), so that a seed names a run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// What a child said of one candidate.
enum Outcome {
    Took(Duration, usize),
    Hung,
    Died(String),
}

/// A child process that outlines what it is sent.
struct Worker {
    child: Child,
    answers: Receiver<String>,
}

impl Worker {
    fn start() -> Worker {
        let exe = std::env::current_exe().unwrap();
        let mut child = Command::new(exe)
            .arg("--worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Worker { child, answers }
    }

    fn run(&mut self, id: &str, text: &str) -> Outcome {
        let stdin = self.child.stdin.as_mut().unwrap();
        let sent = write!(stdin, "{id} {}\n{text}", text.len()).and_then(|()| stdin.flush());
        let answer = match sent {
            Ok(()) => self.answers.recv_timeout(HANGS).ok(),
            Err(_) => None,
        };
        if let Some((millis, bytes)) = answer.as_deref().and_then(|it| it.split_once(' ')) {
            return Outcome::Took(
                Duration::from_millis(millis.parse().unwrap()),
                bytes.parse().unwrap(),
            );
        }
        let hung = matches!(self.child.try_wait(), Ok(None)) && {
            std::thread::sleep(Duration::from_millis(200));
            matches!(self.child.try_wait(), Ok(None))
        };
        let _ = self.child.kill();
        let status = self.child.wait().unwrap();
        *self = Worker::start();
        match hung {
            true => Outcome::Hung,
            false => Outcome::Died(status.to_string()),
        }
    }
}

/// The child's side: `ID LENGTH`, a newline and the text in; milliseconds and peak memory out.
fn work() {
    let mut input = BufReader::new(std::io::stdin());
    let mut head = String::new();
    while input.read_line(&mut head).unwrap_or(0) > 0 {
        let (id, length) = head.trim().split_once(' ').unwrap();
        let mut bytes = vec![0; length.parse().unwrap()];
        input.read_exact(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let language = Language::of_id(id);
        // A new peak from here on.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let started = Instant::now();
        let outline = outline(&text, language);
        drop(outline);
        println!("{} {}", started.elapsed().as_millis(), peak());
        head.clear();
    }
}

/// The peak of this process's memory in bytes, 0 where nobody says.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<usize>().ok());
    kilobytes.unwrap_or(0) << 10
}

/// The tokens that candidates in a language are made of: all that its grammar names, and those of all languages.
fn tokens(id: &str) -> Vec<String> {
    let mut tokens: Vec<String> = EVERYWHERE
        .split(' ')
        .filter(|it| !it.is_empty())
        .map(|it| it.replace('␣', " "))
        .collect();
    if let Some(grammar) = Language::of_id(id).and_then(|it| it.grammar) {
        let grammar = grammar();
        for kind in 0..grammar.node_kind_count() as u16 {
            if !grammar.node_kind_is_named(kind)
                && let Some(name) = grammar.node_kind_for_id(kind)
                && !name.is_empty()
            {
                tokens.push(name.to_owned());
            }
        }
    }
    tokens
}

fn candidate(draw: &mut Draw, tokens: &[String], bytes: usize) -> (String, String) {
    let draws: Vec<&str> = (0..1 + draw.below(6))
        .map(|_| tokens[draw.below(tokens.len())].as_str())
        .collect();
    let gap = ["", " ", "", " ", "\n"][draw.below(5)];
    let unit = draws.join(gap) + gap;
    let wrap = [0, 0, 60, 200][draw.below(4)];
    let mut text = String::new();
    let mut column = 0;
    if draw.below(8) == 0 {
        // A soup.
        while text.len() < bytes {
            text += tokens[draw.below(tokens.len())].as_str();
            text += gap;
        }
        return (text, format!("soup with {gap:?}"));
    }
    let prefix = match draw.below(4) {
        0 => tokens[draw.below(tokens.len())].as_str(),
        _ => "",
    };
    text += prefix;
    while text.len() < bytes {
        text += &unit;
        column += unit.len();
        if wrap > 0 && column > wrap {
            text.push('\n');
            column = 0;
        }
    }
    (text, format!("{prefix:?}, then {unit:?} wrapped at {wrap}"))
}

/// The share of real files that have a grammar and are not parsed.
fn survey(folders: &[String]) {
    let (mut n, mut given_up) = (0, 0);
    let mut most = Duration::ZERO;
    for folder in folders {
        for file in walk::files(Path::new(folder)).0 {
            let grammar = Language::of_path(&file.path).and_then(|it| it.grammar);
            let (Some(grammar), Ok(text)) = (grammar, walk::read(Path::new(folder), &file.path))
            else {
                continue;
            };
            n += 1;
            let started = Instant::now();
            if parser::parse(&text, &grammar(), None, &mut Budget::of_file()).is_none() {
                given_up += 1;
                println!("{}, {} bytes", file.path.display(), text.len());
            }
            most = most.max(started.elapsed());
        }
    }
    let share = given_up as f64 / n.max(1) as f64 * 100.0;
    println!("{given_up} of {n} files are given up, {share:.3} %; the slowest took {most:?}");
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|it| it == name)?;
        arguments.get(at + 1)
    };
    if arguments.iter().any(|it| it == "--worker") {
        // The default stack of a thread: as much as those have that build an index.
        std::thread::spawn(work).join().unwrap();
        return;
    }
    if let Some(id) = option("--replay") {
        let text = std::fs::read_to_string(Path::new(arguments.last().unwrap())).unwrap();
        let started = Instant::now();
        let language = Language::of_id(id);
        let outlining = std::thread::spawn(move || outline(&text, language).symbols.len());
        let symbols = outlining.join().unwrap();
        return println!(
            "{:?}, {} MB, {symbols} symbols",
            started.elapsed(),
            peak() >> 20
        );
    }
    if arguments.iter().any(|it| it == "--survey") {
        return survey(&arguments);
    }
    let number = |name, or| option(name).map_or(or, |it| it.parse().unwrap());
    let seconds = Duration::from_secs(number("--seconds", 60));
    let seed = number("--seed", 1);
    let bytes = number("--bytes", 64 << 10) as usize;
    let only = option("--language");
    let started = Instant::now();
    let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let languages: Vec<(&str, Vec<String>)> = LANGUAGES
        .into_iter()
        .filter(|it| only.is_none_or(|only| only == it))
        .map(|it| (it, tokens(it)))
        .collect();
    let mut worker = Worker::start();
    let (mut n, mut slowest, mut largest) = (0, Duration::ZERO, 0);
    while started.elapsed() < seconds {
        for (id, tokens) in &languages {
            let (text, name) = candidate(&mut draw, tokens, bytes);
            n += 1;
            match worker.run(id, &text) {
                Outcome::Took(took, memory) => {
                    slowest = slowest.max(took);
                    largest = largest.max(memory);
                    if took > SLOW || memory > LARGE {
                        println!("{id}: {took:?}, {} MB: {name}", memory >> 20);
                    }
                }
                Outcome::Hung => println!("{id}: HANGS: {name}"),
                Outcome::Died(status) => println!("{id}: DIED, {status}: {name}"),
            }
        }
    }
    println!(
        "{n} candidates, slowest {slowest:?}, largest {} MB",
        largest >> 20
    );
}
