//! A real llama-server with a tiny model.

use crate::home::Home;
use crate::tools::{self, TinyModel};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the server may take to load its model.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A running server; ended when dropped.
#[derive(Debug)]
pub struct LlamaServer {
    child: Child,
    port: u16,
    api_key: Option<String>,
    home: Home,
}

/// How to start one.
#[derive(Clone, Debug)]
pub struct LlamaServerLaunch {
    model: TinyModel,
    api_key: Option<String>,
    arguments: Vec<String>,
}

impl LlamaServer {
    /// A server of the base model; `None` where there is no llama-server (never on Linux).
    #[track_caller]
    pub fn base() -> Option<LlamaServer> {
        LlamaServer::of(TinyModel::Base).start()
    }

    /// A server of the instruct model; `None` where there is no llama-server (never on Linux).
    #[track_caller]
    pub fn instruct() -> Option<LlamaServer> {
        LlamaServer::of(TinyModel::Instruct).start()
    }

    /// A server to be started with options of its own.
    pub fn of(model: TinyModel) -> LlamaServerLaunch {
        LlamaServerLaunch {
            model,
            api_key: None,
            arguments: Vec::new(),
        }
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What the server answers to a GET, such as `/slots` or `/props`.
    ///
    /// # Errors
    ///
    /// When it does not answer, not with 200, or not with JSON.
    pub fn get(&self, path: &str) -> Result<Value> {
        self.ask(&format!("GET {path} HTTP/1.0\r\n"), "")
    }

    /// What the server answers to a POST.
    ///
    /// # Errors
    ///
    /// When it does not answer, not with 200, or not with JSON.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask(
            &format!("POST {path} HTTP/1.0\r\nContent-Type: application/json\r\n"),
            &body.to_string(),
        )
    }

    /// What the server has written so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    fn ask(&self, head: &str, body: &str) -> Result<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(START_TIMEOUT))?;
        let key = self
            .api_key
            .as_ref()
            .map(|it| format!("Authorization: Bearer {it}\r\n"))
            .unwrap_or_default();
        write!(
            stream,
            "{head}{key}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP answer")?;
        let status = head.split(' ').nth(1).unwrap_or_default();
        ensure!(status == "200", "{status}: {body}");
        serde_json::from_str(body).with_context(|| body.to_owned())
    }
}

impl LlamaServerLaunch {
    /// Lets in only who knows this key.
    pub fn api_key(mut self, key: &str) -> LlamaServerLaunch {
        self.api_key = Some(key.to_owned());
        self
    }

    /// Adds an argument of llama-server's own.
    pub fn argument(mut self, argument: &str) -> LlamaServerLaunch {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Starts it on a free port and waits until it serves; `None` where there is no llama-server (never on Linux).
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[track_caller]
    pub fn start(&self) -> Option<LlamaServer> {
        let program = tools::llama_server()?;
        let model = tools::tiny_model(self.model)?;
        let home = Home::new();
        let log = File::create(home.path().join("log")).expect("the log can be made");
        let mut command = Command::new(program);
        home.apply(&mut command).current_dir(home.path());
        // Port 0: any free one. One thread: several spin on each other when the machine is busy.
        command.args([
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "-t",
            "1",
            "-np",
            "2",
            "-c",
            "16384",
            "--no-ui",
            "-m",
        ]);
        command.arg(model).args(&self.arguments);
        if let Some(key) = &self.api_key {
            command.args(["--api-key", key]);
        }
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle of the log"))
            .stderr(log);
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut server = LlamaServer {
            child,
            port: 0,
            api_key: self.api_key.clone(),
            home,
        };
        server.wait_until_ready();
        Some(server)
    }
}

impl LlamaServer {
    #[track_caller]
    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Some(port) = listening_port(&self.log()) {
                self.port = port;
                if self.get("/health").is_ok() {
                    return;
                }
            }
            let ended = self.child.try_wait().expect("the state of our own child");
            if ended.is_some() || Instant::now() > deadline {
                panic!("llama-server does not serve ({ended:?}):\n{}", self.log());
            }
            // It offers nothing to wait for.
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for LlamaServer {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port in a line such as `listening on http://127.0.0.1:36303`.
fn listening_port(log: &str) -> Option<u16> {
    let rest = log.split_once("listening on http://127.0.0.1:")?.1;
    let end = rest.find(|it: char| !it.is_ascii_digit())?;
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_port_is_read_once_the_line_is_whole() {
        assert_eq!(
            listening_port("x\nmain: listening on http://127.0.0.1:36303\n"),
            Some(36303)
        );
        assert_eq!(
            listening_port("main: listening on http://127.0.0.1:36"),
            None
        );
    }

    #[test]
    fn the_base_model_fills_in_the_middle_as_a_grammar_says() {
        let Some(server) = LlamaServer::base() else {
            return;
        };
        let token = server
            .post("/tokenize", &json!({ "content": "<|fim_prefix|>" }))
            .unwrap();
        assert_eq!(token["tokens"].as_array().unwrap().len(), 1);
        let body =
            json!({ "input_prefix": "f(", "input_suffix": ")", "grammar": r#"root ::= "a + b""# });
        assert_eq!(server.post("/infill", &body).unwrap()["content"], "a + b");
    }

    #[test]
    fn the_instruct_model_chats_and_can_not_fill_in() {
        let Some(server) = LlamaServer::instruct() else {
            return;
        };
        let body = json!({ "input_prefix": "f(", "input_suffix": ")" });
        assert!(
            server
                .post("/infill", &body)
                .unwrap_err()
                .to_string()
                .contains("501")
        );
        let messages = json!([{ "role": "user", "content": "hello" }]);
        let body = json!({ "messages": messages, "grammar": r#"root ::= "hello yourself""# });
        let answer = server.post("/v1/chat/completions", &body).unwrap();
        assert_eq!(answer["choices"][0]["message"]["content"], "hello yourself");
    }

    #[test]
    fn a_key_locks_the_server() {
        let Some(mut server) = LlamaServer::of(TinyModel::Base).api_key("sesame").start() else {
            return;
        };
        assert!(server.get("/props").is_ok());
        server.api_key = None;
        assert!(
            server
                .get("/props")
                .unwrap_err()
                .to_string()
                .contains("401")
        );
    }
}
