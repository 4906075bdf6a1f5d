//! The language server: one line for each method, each to its handler, and the loop that serves them.

use crate::assist::edit::memory::Memory;
use crate::assist::engine::Engine;
use crate::assist::generation::lock;
use crate::config::files;
use crate::lsp::ext;
use crate::lsp::handlers::{
    chat, code_action, commands, configuration, documents, edit, events, found, inline_completion,
    lifecycle, messages, work,
};
use crate::lsp::session::Session;
use crate::lsp::transport;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tower::Service;
use tower_lsp_server::gen_lsp_types::*;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Request, Response, Result};
use tower_lsp_server::{Client, LanguageServer, LspService};

/// The server: the session, the engine and the way to the client.
#[derive(Clone)]
pub(crate) struct Hob {
    pub(crate) client: Client,
    pub(crate) engine: Arc<Engine>,
    /// Which form of changes works for which model.
    pub(crate) memory: Arc<Memory>,
    session: Arc<Mutex<Session>>,
    events: Arc<Mutex<Option<events::Receiver>>>,
    shutdown: Arc<std::sync::atomic::AtomicBool>,
}

impl Hob {
    fn new(client: Client) -> Hob {
        let (engine, events) = Engine::new(crate::config::settings::Settings::default());
        found::introduce(&engine, &client);
        let state = files::state_folder(&files::Environment::of_process());
        Hob {
            client,
            engine,
            memory: Arc::new(Memory::open(state.as_deref())),
            session: Arc::default(),
            events: Arc::new(Mutex::new(Some(events))),
            shutdown: Arc::default(),
        }
    }

    /// The session. Never held across an `.await`: what it guards must be there for the next message.
    pub(crate) fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }

    /// The engine's events; once.
    pub(crate) fn take_events(&self) -> Option<events::Receiver> {
        lock(&self.events).take()
    }
}

// Invariant: a notification changes the session, and a request takes its snapshot, before the first `.await`
// of its handler. The library starts handlers in the order of their messages but lets them overtake each other.
// Invariant: a notification's handler never waits: `exit` ends the waiting requests, but not those.
impl LanguageServer for Hob {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        Ok(lifecycle::initialize(self, params))
    }

    async fn initialized(&self, _: InitializedParams) {
        lifecycle::initialized(self);
    }

    async fn shutdown(&self) -> Result<()> {
        self.shutdown
            .store(true, std::sync::atomic::Ordering::Relaxed);
        lifecycle::shutdown(self);
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        documents::did_open(self, &params);
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        documents::did_change(self, &params);
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        documents::did_save(self, &params);
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        documents::did_close(self, &params);
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        documents::did_change_watched_files(self, &params);
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        documents::did_change_workspace_folders(self, &params);
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        configuration::did_change_configuration(self, params);
    }

    async fn inline_completion(
        &self,
        params: InlineCompletionParams,
    ) -> Result<Option<InlineCompletionResponse>> {
        inline_completion::inline_completion(self, params).await
    }

    async fn code_action(
        &self,
        params: CodeActionParams,
    ) -> Result<Option<Vec<CodeActionResponse>>> {
        Ok(Some(code_action::code_actions(self, params)))
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        let unchanged = action.clone();
        messages::answer(self, code_action::resolve(self, action).await, unchanged).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LspAny>> {
        messages::answer(self, commands::execute_command(self, params).await, None).await
    }
}

/// Serves one client over a pair of streams, until it says `exit` or hangs up.
///
/// Returns whether it took its leave properly, with `shutdown` first.
pub async fn serve(input: impl AsyncRead + Unpin, output: impl AsyncWrite) -> bool {
    let shutdown: Arc<Mutex<Option<Arc<std::sync::atomic::AtomicBool>>>> = Arc::default();
    let said = shutdown.clone();
    let (service, socket) = LspService::build(move |client| {
        let hob = Hob::new(client);
        *lock(&said) = Some(hob.shutdown.clone());
        hob
    })
    .custom_method("textDocument/didShowCompletion", Hob::did_show_completion)
    .custom_method(
        "textDocument/didPartiallyAcceptCompletion",
        Hob::did_partially_accept_completion,
    )
    .custom_method("textDocument/didFocus", Hob::did_focus)
    .custom_method(ext::chat::CHAT, Hob::chat)
    .custom_method(ext::chat::CONTEXT, Hob::context)
    .custom_method(ext::edit::EDIT, Hob::edit)
    .custom_method(ext::edit::APPLY, Hob::apply)
    .custom_method("window/workDoneProgress/cancel", Hob::cancel_work)
    .finish();
    transport::serve(input, output, Guard(service), socket).await;
    let said = lock(&shutdown).clone();
    said.is_some_and(|it| it.load(std::sync::atomic::Ordering::Relaxed))
}

/// Serves the client on standard input and output; the process's exit status (0 after a proper shutdown, else 1).
pub fn run_stdio() -> std::io::Result<i32> {
    // One thread: a completion passes through several tasks, and waking another thread for each costs more than
    // they do. What takes longer than a millisecond or so runs in threads of its own (`spawn_blocking`).
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let proper = runtime.block_on(serve(tokio::io::stdin(), tokio::io::stdout()));
    // The runtime is not dropped: it would wait for the thread that reads standard input.
    std::mem::forget(runtime);
    Ok(if proper { 0 } else { 1 })
}

impl Hob {
    async fn did_show_completion(&self, params: ext::ItemParams) {
        commands::reported(self, "shown", &params);
    }

    async fn did_partially_accept_completion(&self, params: ext::ItemParams) {
        commands::reported(self, "partially accepted", &params);
    }

    async fn chat(&self, params: ext::chat::ChatParams) -> Result<ext::chat::ChatResult> {
        chat::chat(self, params).await
    }

    async fn context(&self, params: ext::chat::ContextParams) -> Result<ext::chat::ContextResult> {
        chat::context(self, params).await
    }

    async fn edit(&self, params: ext::edit::EditParams) -> Result<ext::edit::EditResult> {
        edit::edit(self, params).await
    }

    async fn apply(&self, params: ext::edit::ApplyParams) -> Result<ext::edit::EditResult> {
        edit::apply(self, params).await
    }

    async fn cancel_work(&self, params: WorkDoneProgressCancelParams) {
        work::cancel(self, &params);
    }

    /// Existing clients announce the focused document; there is nothing to do with it yet.
    async fn did_focus(&self, _: LspAny) {}
}

/// Turns a handler's panic into an error response: the next request finds a working server.
struct Guard<S>(S);

impl<S> Service<Request> for Guard<S>
where
    S: Service<Request, Response = Option<Response>>,
    S::Future: Send + 'static,
{
    type Response = Option<Response>;
    type Error = S::Error;
    type Future = BoxFuture<'static, std::result::Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let id = request.id().cloned();
        let method = request.method().to_owned();
        let handled = AssertUnwindSafe(self.0.call(request)).catch_unwind();
        async move {
            let started = std::time::Instant::now();
            match handled.await {
                Ok(response) => {
                    tracing::debug!(%method, id = ?id, took = ?started.elapsed(), "handled");
                    response.map(|it| it.map(cleaned))
                }
                Err(_) => {
                    tracing::error!(%method, id = ?id, "the handler panicked");
                    let mut error = Error::new(ErrorCode::InternalError);
                    error.message =
                        format!("Hob failed in {method}; its log says where. It goes on.").into();
                    Ok(id.map(|id| Response::from_error(id, error)))
                }
            }
        }
        .boxed()
    }
}

/// A response whose error, which clients show to the user, commands and hides nothing, and begins with a short line.
fn cleaned(response: Response) -> Response {
    match response.into_parts() {
        (id, Ok(result)) => Response::from_ok(id, result),
        (id, Err(mut error)) => {
            error.message = messages::headed(&error.message).into();
            Response::from_error(id, error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics in every handler, at once or after a wait.
    struct Panics;

    impl Service<Request> for Panics {
        type Response = Option<Response>;
        type Error = std::convert::Infallible;
        type Future = BoxFuture<'static, std::result::Result<Option<Response>, Self::Error>>;

        fn poll_ready(
            &mut self,
            _: &mut Context<'_>,
        ) -> Poll<std::result::Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request) -> Self::Future {
            async {
                tokio::task::yield_now().await;
                panic!("a handler's fault")
            }
            .boxed()
        }
    }

    #[test]
    fn an_error_that_clients_show_is_cleaned_and_results_stay_exact() {
        let mut error = Error::new(ErrorCode::InternalError);
        error.message = "a\u{1b}]0;x\u{7}\nb\u{202e}".into();
        let response = cleaned(Response::from_error(1.into(), error));
        let error = response.error().expect("it failed");
        assert_eq!(error.message, "a<U+001B>]0;x<U+0007>\nb<U+202E>");
        let exact = serde_json::json!("a\u{1b}\u{202e}\r\n");
        let response = cleaned(Response::from_ok(1.into(), exact.clone()));
        assert_eq!(response.result(), Some(&exact));
    }

    #[tokio::test]
    async fn a_panic_in_a_handler_is_answered_and_the_next_request_is_served() {
        let mut guard = Guard(Panics);
        for id in 1..=2 {
            let request = Request::build("textDocument/inlineCompletion")
                .id(id)
                .finish();
            let response = guard
                .call(request)
                .await
                .unwrap()
                .expect("a request is answered");
            assert_eq!(response.id(), &id.into());
            let error = response.error().expect("it failed");
            assert_eq!(error.code, ErrorCode::InternalError);
            assert!(error.message.contains("textDocument/inlineCompletion"));
        }
        let notification = Request::build("textDocument/didChange").finish();
        assert_eq!(guard.call(notification).await.unwrap(), None);
    }
}
