//! A real Neovim, configured as the README says, driven by keys.

use crate::client::TIMEOUT;
use crate::hob::Workspace;
use crate::tools;
use serde_json::{Value, json};
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Notes the text that the last answered request was about.
///
/// Neovim goes on showing the suggestion for an earlier text until it has asked again (it waits for 0.2 s without a key),
/// and inserts it as if nothing had been typed since when it is accepted that early.
const NOTE_ANSWERS: &str = r"
    local asked = {}
    vim.api.nvim_create_autocmd('LspRequest', { callback = function(event)
        local request = event.data.request
        if request.method ~= 'textDocument/inlineCompletion' then return end
        if request.type == 'pending' then
            asked[event.data.request_id] = vim.b.changedtick
        elseif request.type == 'complete' then
            -- The answer is shown right after this event.
            vim.defer_fn(function() _G.hob_answered = asked[event.data.request_id] end, 20)
        end
    end })
";

/// What is shown in grey at the cursor: the lines of the first suggestion, nothing where there is none for this text.
const GHOST: &str = r"
    if _G.hob_answered ~= vim.b.changedtick then return nil end
    local space = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
    local mark = space and vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true })[1]
    if not mark then return nil end
    local function text(chunks)
        return vim.iter(chunks or {}):map(function(it) return it[1] end):join('')
    end
    local lines = { text(mark[4].virt_text) }
    for _, line in ipairs(mark[4].virt_lines or {}) do table.insert(lines, text(line)) end
    return table.concat(lines, '\n')
";

/// A Neovim with Hob attached to the fixture's file.
#[derive(Debug)]
pub struct Neovim {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Neovim {
    /// Opens the workspace's file with the cursor, waits until `binary` (which has to be named `hob`) is attached, and
    /// puts the cursor where the fixture has it, in insert mode. `None` where there is no Neovim (never on Linux).
    ///
    /// # Panics
    ///
    /// When any of that fails.
    #[track_caller]
    pub fn start(binary: &str, workspace: &Workspace) -> Option<Neovim> {
        let program = tools::neovim()?;
        let scripts = tools::workspace().join("tests/src/neovim");
        let mut command = Command::new(&program);
        workspace.home().apply(&mut command);
        command
            .args(["--headless", "-u", "NONE", "-i", "NONE", "-n", "-l"])
            .arg(scripts.join("drive.lua"));
        command
            .current_dir(workspace.root())
            .env("PATH", with_folder_of(binary))
            .env("HOB_NEOVIM", program)
            .env("HOB_NEOVIM_INIT", scripts.join("init.lua"))
            .env(
                "HOB_NEOVIM_CLIENT",
                tools::workspace().join("clients/neovim"),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut neovim = Neovim {
            child,
            orders,
            answers,
        };
        assert_eq!(
            neovim.lua("return vim.fn.has('nvim-0.12')"),
            1,
            "Neovim 0.12 or newer is needed"
        );
        neovim.lua(NOTE_ANSWERS);
        let (file, offset) = workspace.fixture().at_cursor();
        let path = json!(file.path_below(workspace.root()));
        neovim.lua(&format!("vim.cmd.edit(vim.fn.fnameescape({path}))"));
        neovim.wait("Hob to be attached", "local it = vim.lsp.get_clients({ bufnr = 0, name = 'hob' })[1] return it and it.initialized");
        let before = &file.text[..offset];
        let row = before.matches('\n').count() + 1;
        let column = offset - before.rfind('\n').map_or(0, |it| it + 1);
        // At a line's end only insert mode can have the cursor there.
        neovim.keys("i");
        neovim.wait("insert mode", "return vim.api.nvim_get_mode().mode == 'i'");
        neovim.lua(&format!(
            "vim.api.nvim_win_set_cursor(0, {{ {row}, {column} }})"
        ));
        Some(neovim)
    }

    /// Types keys, in Neovim's notation (`<Tab>`, `<lt>`).
    #[track_caller]
    pub fn keys(&mut self, keys: &str) {
        self.order(&json!({ "keys": keys }));
    }

    /// Evaluates Lua in Neovim.
    #[track_caller]
    pub fn lua(&mut self, code: &str) -> Value {
        self.order(&json!({ "lua": code }))
    }

    /// Waits until Lua evaluates to something true, and gives that.
    ///
    /// # Panics
    ///
    /// When it never does; says what Neovim shows and logs.
    #[track_caller]
    pub fn wait(&mut self, what: &str, code: &str) -> Value {
        let result = self.order(&json!({ "wait": code, "ms": TIMEOUT.as_millis() as u64 }));
        if result.is_null() || result == false {
            let state = self.lua(
                "return { lines = vim.api.nvim_buf_get_lines(0, 0, -1, false), mode = vim.api.nvim_get_mode().mode,
                    messages = vim.fn.execute('messages'), log = vim.fn.readfile(vim.lsp.log.get_filename()) }",
            );
            panic!("waited in vain for {what}; Neovim has {state:#}");
        }
        result
    }

    /// Types text and waits for a suggestion to be shown; its lines, joined. Where there is none after a while, the last
    /// key is taken back and typed again, as one does while the codebase is still being learned.
    ///
    /// # Panics
    ///
    /// When none is ever shown.
    #[track_caller]
    pub fn ghost_after(&mut self, text: &str) -> String {
        let last = text.chars().next_back();
        let last = last.expect("there is something to type").to_string();
        self.keys(&text.replace('<', "<lt>"));
        for _ in 0..TIMEOUT.as_secs() / 2 {
            let shown = self.order(&json!({ "wait": GHOST, "ms": 2000 }));
            if let Some(it) = shown.as_str() {
                return it.to_owned();
            }
            self.keys("<BS>");
            self.keys(&last.replace('<', "<lt>"));
        }
        self.ghost()
    }

    /// Waits for a suggestion to be shown; its lines, joined.
    ///
    /// # Panics
    ///
    /// When none is ever shown.
    #[track_caller]
    pub fn ghost(&mut self) -> String {
        let shown = self.wait("a suggestion", GHOST);
        shown
            .as_str()
            .unwrap_or_else(|| panic!("no text: {shown}"))
            .to_owned()
    }

    /// The buffer's text.
    #[track_caller]
    pub fn text(&mut self) -> String {
        let text =
            self.lua("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')");
        text.as_str()
            .unwrap_or_else(|| panic!("no text: {text}"))
            .to_owned()
    }

    /// Waits until the line with the cursor is this one.
    #[track_caller]
    pub fn wait_for_line(&mut self, line: &str) {
        let code = format!("return vim.api.nvim_get_current_line() == {}", json!(line));
        self.wait(&format!("the line {line:?}"), &code);
    }

    #[track_caller]
    fn order(&mut self, order: &Value) -> Value {
        let orders = self.orders.as_mut().expect("open until dropped");
        let mut answer = String::new();
        let sent = writeln!(orders, "{order}").and_then(|()| orders.flush());
        if sent
            .and_then(|()| self.answers.read_line(&mut answer))
            .is_err()
            || answer.is_empty()
        {
            panic!("Neovim has ended: {:?}", self.child.wait());
        }
        let mut answer: Value =
            serde_json::from_str(&answer).unwrap_or_else(|_| panic!("Neovim said {answer:?}"));
        match answer.get("error") {
            None => answer["ok"].take(),
            Some(error) => panic!("Neovim: {error}"),
        }
    }
}

impl Drop for Neovim {
    fn drop(&mut self) {
        // The end of its orders lets the driver end Neovim, which ends Hob.
        self.orders.take();
        let _ = self.child.wait();
    }
}

/// `PATH` with the folder of a program in front.
fn with_folder_of(binary: &str) -> std::ffi::OsString {
    let folder = Path::new(binary)
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder)
        .chain(env::split_paths(&path))
        .collect::<Vec<PathBuf>>();
    env::join_paths(folders).expect("folders of PATH can be joined")
}
