//! The scripted model server's thread: accepts connections, reads requests, writes replies, notices who leaves.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use super::personality::{self, Shape};
use super::reply::{Body, Fault, Reply};
use super::{Command, Request, Shared};

/// Runs the server until it is told to stop.
pub(super) fn run(
    shared: Arc<Shared>,
    commands: mpsc::UnboundedReceiver<Command>,
    ready: std::sync::mpsc::Sender<SocketAddr>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built");
    runtime.block_on(serve(shared, commands, ready));
}

async fn serve(
    shared: Arc<Shared>,
    mut commands: mpsc::UnboundedReceiver<Command>,
    ready: std::sync::mpsc::Sender<SocketAddr>,
) {
    let mut listener = Some(
        TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a port is free"),
    );
    let address = listener
        .as_ref()
        .and_then(|it| it.local_addr().ok())
        .expect("a bound socket has an address");
    // The test may be gone already.
    let _ = ready.send(address);
    let slots = Arc::new(Slots::default());
    let mut connections = JoinSet::new();
    loop {
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = accepted => if let Ok((stream, _)) = accepted {
                shared.change(|state| state.connections += 1);
                connections.spawn(Connection::new(stream, shared.clone(), slots.clone()).run());
            },
            Some(_) = connections.join_next() => {}
            command = commands.recv() => match command {
                Some(Command::Refuse(done)) => {
                    listener = None;
                    connections.shutdown().await;
                    shared.change(|state| state.active = 0);
                    let _ = done.send(());
                }
                Some(Command::Give(uid, done)) => {
                    let _ = done.send(listener.as_ref().is_some_and(|it| give(it, uid)));
                }
                Some(Command::Listen(done)) => {
                    listener = Some(listen_again(address).await);
                    let _ = done.send(());
                }
                Some(Command::Stop) | None => return,
            },
        }
    }
}

/// Makes a socket another user's, as far as the system says whose it is.
#[cfg(target_os = "linux")]
fn give(listener: &TcpListener, uid: u32) -> bool {
    std::os::unix::fs::fchown(listener, Some(uid), None).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn give(_: &TcpListener, _: u32) -> bool {
    false
}

async fn listen_again(address: SocketAddr) -> TcpListener {
    // Closed connections may keep the port for a moment on some systems.
    for _ in 0..100 {
        if let Ok(listener) = TcpListener::bind(address).await {
            return listener;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{address} is taken");
}

/// The turns of completions, made when the number of slots is known.
#[derive(Default)]
struct Slots(tokio::sync::OnceCell<Semaphore>);

struct Connection {
    read: OwnedReadHalf,
    write: OwnedWriteHalf,
    buffer: Vec<u8>,
    shared: Arc<Shared>,
    slots: Arc<Slots>,
}

impl Connection {
    fn new(stream: TcpStream, shared: Arc<Shared>, slots: Arc<Slots>) -> Connection {
        // Each piece is to leave at once; a socket which can't do that is still good.
        let _ = stream.set_nodelay(true);
        let (read, write) = stream.into_split();
        Connection {
            read,
            write,
            buffer: Vec::new(),
            shared,
            slots,
        }
    }

    async fn run(mut self) {
        // An error means that the client is gone, which was recorded if it mattered.
        while let Ok(Some(request)) = self.read_request().await {
            match self.answer(request).await {
                Ok(true) => {}
                Ok(false) | Err(_) => return,
            }
        }
    }

    async fn read_request(&mut self) -> io::Result<Option<Request>> {
        let head_end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            if self.read.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).into_owned();
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (method, target) = (
            words.next().unwrap_or_default().to_owned(),
            words.next().unwrap_or_default(),
        );
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let header = |line: &str| {
            line.split_once(':')
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers: Vec<(String, String)> = lines.filter_map(header).collect();
        let length = headers
            .iter()
            .find(|it| it.0 == "content-length")
            .and_then(|it| it.1.parse().ok())
            .unwrap_or(0);
        while self.buffer.len() < head_end + length {
            if self.read.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
        let rest = self.buffer.split_off(head_end + length);
        let raw = String::from_utf8_lossy(&self.buffer[head_end..]).into_owned();
        self.buffer = rest;
        let body = serde_json::from_str(&raw).unwrap_or(Value::Null);
        Ok(Some(Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            raw,
            body,
            at: Instant::now(),
        }))
    }

    /// Answers one request; whether the connection can take another.
    async fn answer(&mut self, request: Request) -> io::Result<bool> {
        let completion = request.is_completion();
        let gate = self.shared.gate.subscribe();
        // The reply is settled before anyone learns of the request: whoever waited for it may say what comes next.
        let (fixed, shape, slots) = {
            let state = self.shared.state();
            (
                state.personality.answer(&request, state.active),
                state.personality.shape(&request.path),
                state.personality.slots,
            )
        };
        if !completion {
            self.shared.change(|state| state.requests.push(request));
            let (status, kind, body) = fixed.unwrap_or_default();
            return self.write_fixed(status, &kind, &body).await;
        }
        let reply = match fixed {
            Some((status, kind, body)) => Reply {
                body: Body::Fixed(status, kind, body),
                ..Reply::status(status, "")
            },
            None => {
                let mut state = self.shared.state();
                let hanging = state.hanging;
                let reply = state
                    .next
                    .pop_front()
                    .unwrap_or_else(|| (state.script)(&request));
                if hanging { reply.hang_first() } else { reply }
            }
        };
        self.shared.change(|state| {
            state.active += 1;
            state.most_active = state.most_active.max(state.active);
            state.requests.push(request.clone());
        });
        let Connection {
            read,
            write,
            buffer,
            shared,
            slots: turns,
        } = self;
        let turns = turns
            .0
            .get_or_init(async || Semaphore::new(slots.max(1)))
            .await;
        let mut writer = Writer { write, gate };
        let written = tokio::select! {
            written = async {
                let _turn = turns.acquire().await;
                writer.reply(&reply, shape, &request).await
            } => written,
            () = gone(read, buffer) => Err(io::ErrorKind::ConnectionAborted.into()),
        };
        shared.change(|state| {
            state.active = state.active.saturating_sub(1);
            state.took = request.at.elapsed();
            state.disconnects += usize::from(written.is_err());
        });
        written
    }

    async fn write_fixed(&mut self, status: u16, kind: &str, body: &str) -> io::Result<bool> {
        write_fixed(&mut self.write, status, kind, body).await
    }
}

/// Returns once the client has closed its side; keeps what it sends.
async fn gone(read: &mut OwnedReadHalf, buffer: &mut Vec<u8>) {
    while !matches!(read.read_buf(buffer).await, Ok(0) | Err(_)) {}
}

struct Writer<'a> {
    write: &'a mut OwnedWriteHalf,
    gate: watch::Receiver<u64>,
}

impl Writer<'_> {
    /// Writes a reply; whether the connection can be used further.
    async fn reply(&mut self, reply: &Reply, shape: Shape, request: &Request) -> io::Result<bool> {
        if reply.hang_first {
            self.hang().await;
        }
        match &reply.body {
            Body::Fixed(status, kind, body) => write_fixed(self.write, *status, kind, body).await,
            Body::OneShot(text) => {
                write_fixed(
                    self.write,
                    200,
                    "application/json",
                    &personality::end(shape, text, 1, request.prompt_len()).to_string(),
                )
                .await
            }
            Body::Pieces(pieces) if request.body.get("stream") != Some(&Value::Bool(true)) => {
                let body =
                    personality::end(shape, &pieces.concat(), pieces.len(), request.prompt_len());
                tokio::time::sleep(
                    reply.first_token + reply.per_token * pieces.len().saturating_sub(1) as u32,
                )
                .await;
                write_fixed(self.write, 200, "application/json", &body.to_string()).await
            }
            Body::Pieces(pieces) => self.stream(reply, pieces, shape, request).await,
            Body::Raw(writes) => {
                for (index, bytes) in writes.iter().enumerate() {
                    if index > 0 && !reply.per_token.is_zero() {
                        tokio::time::sleep(reply.per_token).await;
                    }
                    self.send(bytes, reply.write_size).await?;
                }
                Ok(false)
            }
            Body::Forever(first, again, pause) => {
                self.send(first, reply.write_size).await?;
                // Until the client leaves: this future is dropped then.
                loop {
                    match pause.is_zero() {
                        true => tokio::task::yield_now().await,
                        false => tokio::time::sleep(*pause).await,
                    }
                    self.send(again, reply.write_size).await?;
                }
            }
            Body::Reset => self.reset(),
        }
    }

    async fn stream(
        &mut self,
        reply: &Reply,
        pieces: &[String],
        shape: Shape,
        request: &Request,
    ) -> io::Result<bool> {
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        self.send(head, reply.write_size).await?;
        for index in 0..=pieces.len() {
            if let Some((_, fault)) = reply.fault.filter(|(after, _)| *after == index) {
                match fault {
                    Fault::Hang => self.hang().await,
                    Fault::Close => return self.send(b"0\r\n\r\n", 0).await.map(|()| false),
                    Fault::Reset => return self.reset(),
                    Fault::Garbage => {
                        self.event("{\"content\": nonsense", reply.write_size)
                            .await?
                    }
                    Fault::GiantLine(bytes) => {
                        self.event(&"x".repeat(bytes), reply.write_size).await?
                    }
                }
            }
            let Some(text) = pieces.get(index) else { break };
            let wait = if index == 0 {
                reply.first_token
            } else {
                reply.per_token
            };
            // Even no time at all is a millisecond for the timer.
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            self.event(
                &personality::piece(shape, text).to_string(),
                reply.write_size,
            )
            .await?;
        }
        self.event(
            &personality::end(shape, "", pieces.len(), request.prompt_len()).to_string(),
            reply.write_size,
        )
        .await?;
        if shape != Shape::Native {
            self.event("[DONE]", reply.write_size).await?;
        }
        self.send(b"0\r\n\r\n", reply.write_size).await?;
        Ok(true)
    }

    async fn event(&mut self, data: &str, write_size: usize) -> io::Result<()> {
        let event = format!("data: {data}\n\n");
        self.send(
            format!("{:x}\r\n{event}\r\n", event.len()).as_bytes(),
            write_size,
        )
        .await
    }

    async fn send(&mut self, bytes: &[u8], write_size: usize) -> io::Result<()> {
        let size = if write_size == 0 {
            bytes.len().max(1)
        } else {
            write_size
        };
        for part in bytes.chunks(size) {
            self.write.write_all(part).await?;
            self.write.flush().await?;
            if write_size > 0 {
                // Lets the other side read what is there, so that the cuts are really seen.
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    async fn hang(&mut self) {
        // The server's end drops the sender: then there is nobody left to hang for.
        let _ = self.gate.changed().await;
    }

    fn reset(&mut self) -> io::Result<bool> {
        // Closing with a linger of zero sends a reset instead of an orderly end.
        self.write.as_ref().set_zero_linger()?;
        Ok(false)
    }
}

async fn write_fixed(
    write: &mut OwnedWriteHalf,
    status: u16,
    kind: &str,
    body: &str,
) -> io::Result<bool> {
    let reason = if status == 200 { "OK" } else { "Refused" };
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    write.write_all(head.as_bytes()).await?;
    write.write_all(body.as_bytes()).await?;
    write.flush().await?;
    Ok(true)
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|it| it == needle)
}
