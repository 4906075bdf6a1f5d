//! The transport: messages from the client to the service, and what the service says back to the client.
//!
//! The library brings a loop of its own, which ends with the first message that it can't decode. Here a message that can't be
//! read is answered with an error, and the next one is served.

mod frame;
mod message;

use frame::{Frame, Frames};
use futures::channel::mpsc;
use futures::future::{self, BoxFuture};
use futures::{FutureExt, SinkExt, StreamExt, stream};
use message::Incoming;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tower::Service;
use tower_lsp_server::jsonrpc::{Request, Response};
use tower_lsp_server::{ClientSocket, Loopback};

/// How many handlers may wait at once, far above anything that is in flight: with that many, nothing more is read.
///
/// Work is bounded elsewhere: one generation for a document, as many as the model server has slots.
const CONCURRENCY: usize = 4096;
/// How many messages may wait for their handler to be polled for the first time.
const QUEUE: usize = 100;

/// How many bytes are read at once, at least.
const READ: usize = 16 * 1024;

/// A message to the client.
#[derive(Serialize)]
#[serde(untagged)]
enum Outgoing {
    Response(Response),
    Request(Request),
}

/// Serves messages until the client says `exit` or one of the streams ends.
///
/// Handlers are started in the order of their messages, and polled by this future.
pub(super) async fn serve<S>(
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite,
    mut service: S,
    socket: ClientSocket,
) where
    S: Service<Request, Response = Option<Response>>,
    S::Error: std::fmt::Display,
    S::Future: Send + 'static,
{
    let (requests, mut replies) = Loopback::split(socket);
    let (requests, no_more_requests) = stream::abortable(requests);
    let (mut handlers, handled) = mpsc::channel::<BoxFuture<'static, Option<Response>>>(QUEUE);
    let responses = handled
        .buffer_unordered(CONCURRENCY)
        .filter_map(future::ready)
        .map(Outgoing::Response);
    let outgoing = stream::select(responses, requests.map(Outgoing::Request));

    let read = async {
        let mut input = input;
        let mut frames = Frames::default();
        while let Some(frame) = next_frame(&mut input, &mut frames).await {
            let incoming = match &frame {
                Frame::Body(body) => message::read(body),
                Frame::Garbage => message::garbage(),
            };
            let handler = match incoming {
                Incoming::Request(request) => {
                    if let Err(error) = future::poll_fn(|cx| service.poll_ready(cx)).await {
                        tracing::debug!(%error, "the service takes no more requests");
                        break;
                    }
                    // Some clients keep the stream open behind `exit`.
                    let exit = request.method() == "exit";
                    let handler = service.call(request).map(|it| it.ok().flatten()).boxed();
                    if exit {
                        let _ = handlers.send(handler).await;
                        break;
                    }
                    handler
                }
                Incoming::Response(response) => {
                    if replies.send(response).await.is_err() {
                        break;
                    }
                    continue;
                }
                Incoming::Unreadable(response) => future::ready(Some(response)).boxed(),
            };
            if handlers.send(handler).await.is_err() {
                break;
            }
        }
        // What was asked for is still answered.
        drop(handlers);
        no_more_requests.abort();
    };
    // Writing ends last, behind the answers to all that was read, or when the client no longer reads.
    let mut read = std::pin::pin!(read.fuse());
    let mut write = std::pin::pin!(write(output, outgoing));
    future::poll_fn(|cx| {
        let _ = read.as_mut().poll(cx);
        write.as_mut().poll(cx)
    })
    .await;
}

/// Writes messages until there are no more, or nobody reads them.
async fn write(output: impl AsyncWrite, messages: impl stream::Stream<Item = Outgoing>) {
    let mut output = std::pin::pin!(output);
    let mut messages = std::pin::pin!(messages);
    while let Some(message) = messages.next().await {
        let body = match serde_json::to_vec(&message) {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "a message can't be written as JSON");
                continue;
            }
        };
        let mut bytes = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
        bytes.extend_from_slice(&body);
        let written = match output.write_all(&bytes).await {
            Ok(()) => output.flush().await,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::debug!(%error, "the client reads no more");
            return;
        }
    }
}

/// The next frame; `None` at the end of the input.
async fn next_frame(input: &mut (impl AsyncRead + Unpin), frames: &mut Frames) -> Option<Frame> {
    loop {
        if let Some(frame) = frames.next() {
            return Some(frame);
        }
        let buffer = frames.buffer();
        buffer.reserve(READ);
        match input.read_buf(buffer).await {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "the client's messages can't be read");
                return None;
            }
        }
    }
}
