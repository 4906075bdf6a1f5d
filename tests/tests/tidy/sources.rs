//! What can be seen in the sources alone.

use hob_tests::tools;
use std::fs;
use std::path::{Path, PathBuf};

/// Longer files are to be split.
const MOST_LINES: usize = 800;

/// What is not ours: made by tools, or another project's format.
const FOREIGN_FOLDERS: &[&str] = &[
    "target",
    "node_modules",
    "out",
    "dist",
    "build",
    "third-party",
];

/// One text file of the project.
struct Source {
    /// Below the workspace's root, parted by `/`.
    path: String,
    text: String,
}

impl Source {
    fn is(&self, extension: &str) -> bool {
        self.path
            .rsplit_once('.')
            .is_some_and(|it| it.1 == extension)
    }

    fn is_below(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }
}

/// All text files, tools' folders and hidden ones but `.ci` aside.
fn sources() -> Vec<Source> {
    let root = tools::workspace();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let hidden = name.starts_with('.') && name != ".ci";
                if !hidden && !FOREIGN_FOLDERS.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                sources.push(Source {
                    path: below(&root, &path),
                    text,
                });
            }
        }
    }
    assert!(
        sources.len() > 20,
        "the sources are not where they are looked for"
    );
    sources
}

fn below(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap();
    relative
        .iter()
        .map(|it| it.to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

/// Fails with all that was found.
#[track_caller]
fn none(what: &str, found: impl IntoIterator<Item = String>) {
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

/// The lines of all given sources that hold any of these words, each with its place.
fn lines_with(sources: &[&Source], words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            if words.iter().any(|it| line.contains(it.as_str())) {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn every_rust_file_says_what_it_owns() {
    let sources = sources();
    let silent = sources
        .iter()
        .filter(|it| it.is("rs") && !it.text.starts_with("//! "));
    none(
        "files that do not open with `//! `",
        silent.map(|it| it.path.clone()),
    );
}

#[test]
fn no_file_is_too_long_to_read() {
    let sources = sources();
    let code = ["rs", "lua", "py", "sh", "ts", "java", "kt"];
    let long = sources
        .iter()
        .filter(|it| code.iter().any(|extension| it.is(extension)));
    let long = long
        .map(|it| (it.text.lines().count(), &it.path))
        .filter(|it| it.0 > MOST_LINES);
    none(
        "files to be split",
        long.map(|(lines, path)| format!("{path}: {lines} lines")),
    );
}

#[test]
fn modules_are_not_named_mod() {
    let sources = sources();
    let named = sources.iter().filter(|it| it.path.ends_with("/mod.rs"));
    none(
        "`foo.rs` + `foo/`, not `foo/mod.rs`",
        named.map(|it| it.path.clone()),
    );
}

#[test]
fn only_the_model_module_opens_sockets() {
    let shipped = shipped(&sources());
    let products: Vec<&Source> = shipped
        .iter()
        .filter(|it| it.path != "server/src/model.rs" && !it.is_below("server/src/model/"))
        .collect();
    let doors = [
        "reqwest",
        "hyper::",
        "hyper_util",
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "UnixStream",
        "UnixListener",
        "UnixDatagram",
    ];
    let doors: Vec<String> = doors
        .iter()
        .map(|&it| it.to_owned())
        .chain(["tokio::net".to_owned()])
        .collect();
    none(
        "this is where code could leave the machine unseen; it belongs into server/src/model/",
        lines_with(&products, &doors),
    );
}

/// Where files may be opened by their names: the reader itself, and what is in Hob's own folders (state, cache, models).
const OPENS_FILES: &[&str] = &[
    "index/src/reader.rs",
    "index/src/private.rs",
    "index/src/private/",
    "index/src/store.rs",
    "index/src/vectors.rs",
    "index/src/vectors/",
    "index/src/embed/",
    // The system's own, below /proc and /etc.
    "server/src/model/owner.rs",
    "server/src/model/proxy.rs",
    "server/src/assist/apply/journal.rs",
    "server/src/assist/apply/write.rs",
    "server/src/assist/apply/write/",
    "server/src/assist/edit/memory.rs",
    "server/src/cli/chat/conversation.rs",
    "server/src/cli/chat/history.rs",
    "server/src/cli/chat/talk.rs",
    "server/src/cli/config.rs",
    "server/src/config/docs.rs",
];

#[test]
fn only_the_reader_opens_files_of_a_project() {
    let shipped = shipped(&sources());
    let products: Vec<&Source> = shipped
        .iter()
        .filter(|it| !OPENS_FILES.iter().any(|allowed| it.is_below(allowed)))
        .collect();
    let opens = [
        "fs::read(",
        "read_to_string(",
        "File::open",
        "File::options",
        "OpenOptions",
        "fs::copy(",
        "Gitignore::new(",
        "WalkBuilder",
        ".build_global(",
    ];
    let opens: Vec<String> = opens.iter().map(|&it| it.to_owned()).collect();
    none(
        "a project's files may be pipes, devices, or links to anything: read them by `hob_index::reader`",
        lines_with(&products, &opens),
    );
}

/// The code that is shipped: Rust without its tests.
fn shipped(sources: &[Source]) -> Vec<Source> {
    let mut tests = Vec::new();
    for source in sources.iter().filter(|it| it.is("rs")) {
        let folder = source.path.trim_end_matches(".rs");
        for declared in source.text.split("#[cfg(test)]\nmod ").skip(1) {
            let name = declared.split([';', ' ']).next().unwrap_or_default();
            tests.push(format!("{folder}/{name}.rs"));
            tests.push(format!("{folder}/{name}/"));
        }
    }
    sources
        .iter()
        .filter(|it| it.is("rs") && (it.is_below("server/src/") || it.is_below("index/src/")))
        .filter(|it| !tests.iter().any(|test| it.is_below(test)))
        .map(|it| {
            let end = it.text.find("\n#[cfg(test)]\nmod ").filter(|at| {
                // A module of its own file is no end.
                it.text[*at..]
                    .lines()
                    .nth(2)
                    .is_some_and(|it| it.ends_with('{'))
            });
            Source {
                path: it.path.clone(),
                text: it.text[..end.unwrap_or(it.text.len())].to_owned(),
            }
        })
        .collect()
}

#[test]
fn files_are_made_for_their_user_alone() {
    // They make Hob's own files, tantivy's, and the project's, which keep the permissions that they have.
    let makers = [
        "index/src/private.rs",
        "index/src/private/",
        "index/src/store/directory.rs",
        "server/src/assist/apply/attributes.rs",
        "server/src/assist/apply/write.rs",
        "server/src/assist/apply/write/",
    ];
    let shipped = shipped(&sources());
    let products: Vec<&Source> = shipped
        .iter()
        .filter(|it| !makers.iter().any(|maker| it.is_below(maker)))
        .collect();
    let ways = [
        "create_dir",
        "DirBuilder",
        "File::create",
        "fs::write(",
        "fs::copy(",
        "hard_link",
        ".create(true)",
        ".create_new(true)",
        ".append(true)",
        "tempfile::",
        "tempdir",
        "set_permissions",
        "create_in_dir",
        "open_in_dir",
        "MmapDirectory",
    ];
    let ways: Vec<String> = ways.iter().map(|&it| it.to_owned()).collect();
    let found = lines_with(&products, &ways)
        .into_iter()
        .filter(|it| !it.contains("private::create_dir("));
    none(
        "the umask decides who can read these; make them by `hob_index::private`",
        found,
    );
}

#[test]
fn only_the_terminal_module_prints() {
    let shipped = shipped(&sources());
    let module = |it: &Source| {
        it.path == "server/src/cli/terminal.rs" || it.is_below("server/src/cli/terminal/")
    };
    let products: Vec<&Source> = shipped.iter().filter(|it| !module(it)).collect();
    // In parts: the standard library's, tokio's, crossterm's, indicatif's, clap's and C's ways to write. `Stdio` of
    // other processes, and the one stream of the language server, are none.
    let doors = [
        ["io::std", "out"],
        ["io::std", "err"],
        [" std", "out()"],
        ["(std", "out()"],
        [" std", "err()"],
        ["(std", "err()"],
        ["print", "ln!("],
        ["print", "!("],
        ["dbg", "!("],
        ["Progress", "Bar"],
        ["Multi", "Progress"],
        ["indic", "atif"],
        ["exec", "ute!"],
        ["que", "ue!"],
        ["Executable", "Command"],
        ["Queueable", "Command"],
        ["Auto", "Stream"],
        ["err.", "exit()"],
        ["error.", "exit()"],
        ["err.", "print()"],
        ["error.", "print()"],
        ["/dev/", "tty"],
        ["STDOUT_", "FILENO"],
        ["set_", "hook"],
    ];
    let doors: Vec<String> = doors.iter().map(|it| it.concat()).collect();
    let found = lines_with(&products, &doors)
        .into_iter()
        .filter(|it| !it.contains("serve(tokio::io::stdin()"));
    none(
        "text from outside could reach the terminal raw; print through server/src/cli/terminal.rs",
        found,
    );
    // Escape sequences are made there, too. Tests may hold what they check.
    let commands: Vec<&Source> = products
        .iter()
        .filter(|it| it.is_below("server/src/cli/"))
        .copied()
        .collect();
    let escapes = lines_with(
        &commands,
        &[["\\u{1", "b}"].concat(), ["\\x1", "b"].concat()],
    );
    none(
        "escape sequences belong into server/src/cli/terminal/",
        escapes,
    );
}

#[test]
fn paths_are_shown_so_that_they_hide_nothing() {
    let shipped = shipped(&sources());
    let products: Vec<&Source> = shipped
        .iter()
        .filter(|it| it.is_below("server/src/cli") || it.is_below("server/src/lsp"))
        .collect();
    // A path's own way to be shown keeps whatever is in it. Identifiers are for programs.
    let shown = lines_with(&products, &[".display()".to_owned()])
        .into_iter()
        .filter(|it| !it.contains("ProgressToken"));
    none("show it by crate::display::path", shown);
    let messages = lines_with(&products, &[".show_message(".to_owned()])
        .into_iter()
        .filter(|it| !it.starts_with("server/src/lsp/handlers/messages.rs:"));
    none("show it by handlers::messages::show", messages);
}

#[test]
fn only_the_parser_module_parses() {
    let shipped = shipped(&sources());
    let products: Vec<&Source> = shipped
        .iter()
        .filter(|it| it.path != "index/src/parser.rs")
        .collect();
    let mut found = lines_with(
        &products,
        &[
            "tree_sitter::Parser".to_owned(),
            "QueryCursor::new".to_owned(),
            "ParseOptions".to_owned(),
        ],
    );
    let imports = products.iter().flat_map(|source| {
        // An import may be wrapped.
        let uses = source.text.split("use tree_sitter::").skip(1);
        uses.filter_map(|it| it.split_once(';'))
            .filter(|it| {
                it.0.split(|it: char| !it.is_alphanumeric())
                    .any(|it| matches!(it, "Parser" | "QueryCursor"))
            })
            .map(|it| format!("{}: use tree_sitter::{}", source.path, it.0))
    });
    found.extend(imports);
    none(
        "without a budget, 15 KB of text can take all memory; see index/src/parser.rs",
        found,
    );
}

#[test]
fn the_clients_open_no_connections_of_their_own() {
    let sources = sources();
    let clients: Vec<&Source> = sources
        .iter()
        .filter(|it| it.is_below("clients/") && !it.is("md") && !it.is("json"))
        .collect();
    let doors = [
        "fetch(",
        "XMLHttpRequest",
        "node:http",
        "require('http",
        "from 'http",
        "from \"http",
        "HttpClient",
        "vim.net.request",
    ];
    let doors: Vec<String> = doors.iter().map(|&it| it.to_owned()).collect();
    none(
        "clients talk to Hob and to no one else",
        lines_with(&clients, &doors),
    );
}

#[test]
fn nothing_is_left_for_later_without_an_issue() {
    let sources = sources();
    // In two parts: this file is checked, too.
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    let code: Vec<&Source> = sources
        .iter()
        .filter(|it| !it.is("md") && !it.is("lock"))
        .collect();
    let left = lines_with(&code, &marks)
        .into_iter()
        .filter(|it| !it.contains("(#"));
    none("do it, or open an issue and name it as in `(#12)`", left);
}

#[test]
fn no_package_registry_is_named() {
    let sources = sources();
    // In parts: this file is checked, too. Whoever builds Hob may have mirrors.
    let hosts = [
        ["pypi", "org"],
        ["pythonhosted", "org"],
        ["npmjs", "org"],
        ["npmjs", "com"],
        ["deb.debian", "org"],
        ["snapshot.debian", "org"],
        ["index.crates", "io"],
        ["static.crates", "io"],
        ["proxy.golang", "org"],
        ["repo1.maven", "org"],
        ["repo.maven.apache", "org"],
    ];
    let hosts: Vec<String> = hosts.iter().map(|it| it.join(".")).collect();
    let all: Vec<&Source> = sources
        .iter()
        .filter(|it| it.path != "Cargo.lock")
        .collect();
    none(
        "name packages, not where they come from",
        lines_with(&all, &hosts),
    );
}

#[test]
fn code_and_words_end_as_they_should() {
    let sources = sources();
    let mut found = Vec::new();
    for source in sources.iter().filter(|it| {
        ["rs", "toml", "md", "lua", "py", "sh", "scm"]
            .iter()
            .any(|extension| it.is(extension))
    }) {
        if !source.text.ends_with('\n') || source.text.ends_with("\n\n") {
            found.push(format!("{}: one line break at the end", source.path));
        }
        if source.text.contains('\r') {
            found.push(format!("{}: a carriage return", source.path));
        }
    }
    none("files that end oddly", found);
}
