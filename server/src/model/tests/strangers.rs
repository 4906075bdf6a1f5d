//! Servers that Hob found by itself: whose they are, what they get before the user has said so, and a port that changes hands.

use std::net::SocketAddr;
use std::sync::Mutex;

use super::*;
use crate::model::discover::{discover_chat_within, discover_within};

const LONG: Duration = Duration::from_secs(20);
const OTHER: Owner = Owner::User(65_534);

/// An `Http` that is told whose every listener is, and a place for decisions.
fn http(owner: Owner) -> (Http, Arc<Mutex<Owner>>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let owner = Arc::new(Mutex::new(owner));
    let told = owner.clone();
    let look = move |_: SocketAddr| *told.lock().unwrap();
    let http = Http::with(Trust::open(Some(folder.path())), Arc::new(look));
    (http, owner, folder)
}

async fn found(http: &Http, server: &ModelServer) -> Model {
    let mut found = discover_within(http, &[server.port()], LONG).await;
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn stranger(model: &Model) -> Stranger {
    match model.standing() {
        Standing::Undecided(it) => it,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_s_own_server_is_used_without_a_question() {
    for server in [llama(), openai()] {
        server.answer(|_| Reply::text("fine"));
        let (http, ..) = http(Owner::Ours);
        let model = found(&http, &server).await;
        assert_eq!(model.standing(), Standing::Good);
        assert_eq!(ask(&model).await, Ok("fine".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_s_server_gets_nothing_of_the_user_s_until_the_user_says_so() {
    for owner in [OTHER, Owner::Unknown] {
        for server in [llama(), openai()] {
            server.answer(|_| Reply::text("fine"));
            let (http, ..) = http(owner);
            let model = found(&http, &server).await;
            let stranger = stranger(&model);
            let error = ask(&model).await.unwrap_err();
            assert_eq!(error, Error::Stranger(Box::new(stranger.clone())));
            let words = error.explain("chat");
            for said in [server.url().as_str(), "[models.chat]", "qwen2.5-coder"] {
                assert!(words.contains(said), "{words}");
            }
            for request in server.requests() {
                // What llama.cpp is asked about its vocabulary goes to `/infill` too: two letters.
                let harmless = request.path != "/infill" || request.raw.len() < 100;
                assert!(harmless && !request.is_completion() || request.path == "/infill");
                for (name, value) in &request.headers {
                    let known = [
                        "host",
                        "user-agent",
                        "accept",
                        "content-type",
                        "content-length",
                    ];
                    assert!(known.contains(&name.as_str()), "{name}: {value}");
                }
            }
            http.trust().remember(&stranger, false);
            assert_eq!(ask(&model).await.unwrap_err().code(), "model-not-yours");
            assert!(matches!(model.standing(), Standing::Refused(_)));
            http.trust().remember(&stranger, true);
            assert_eq!(ask(&model).await, Ok("fine".to_owned()));
            assert_eq!(model.standing(), Standing::Good);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_holds_for_chat_and_completion_and_for_no_other_server_on_the_port() {
    let server = ModelServer::openai(&["qwen2.5-coder:1.5b", "llama3:8b-instruct"]);
    let (http, ..) = http(OTHER);
    let model = found(&http, &server).await;
    http.trust().remember(&stranger(&model), true);
    let chat = discover_chat_within(&http, &[server.port()], LONG).await;
    assert_eq!(chat[0].standing(), Standing::Good);
    assert_eq!(ask(&model).await, Ok(String::new()));
    // Another server of the same user's: nothing was said about that one.
    server.refuse();
    assert!(ask(&model).await.is_err());
    server.set_models(&["qwen2.5-coder:7b"]);
    server.listen();
    let calls = server.calls();
    model.retry_now();
    assert_eq!(ask(&model).await.unwrap_err().code(), "model-not-yours");
    assert_eq!(server.calls(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_another_user_takes_over_gets_nothing() {
    let server = llama();
    server.answer(|_| Reply::text("fine"));
    let (http, owner, _folder) = http(Owner::Ours);
    let model = found(&http, &server).await;
    assert_eq!(ask(&model).await, Ok("fine".to_owned()));
    let requests = server.requests().len();
    server.refuse();
    *owner.lock().unwrap() = OTHER;
    server.listen();
    let error = ask(&model).await.unwrap_err();
    assert_eq!(error.code(), "model-unreachable");
    assert!(error.to_string().contains("another user"), "{error}");
    assert_eq!(server.requests().len(), requests, "not one byte");
    // Looked at anew, it is a stranger.
    model.retry_now();
    let calls = server.calls();
    assert_eq!(ask(&model).await.unwrap_err().code(), "model-not-yours");
    assert_eq!(server.calls(), calls);
    // And what comes back after that is one's own again.
    server.refuse();
    assert!(model.info().await.is_ok(), "known still");
    *owner.lock().unwrap() = Owner::Ours;
    server.listen();
    let again = found(&http, &server).await;
    assert_eq!(ask(&again).await, Ok("fine".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_changes_hands_between_looking_and_connecting_gets_nothing() {
    let server = llama();
    let looks = Arc::new(Mutex::new(0));
    let counted = looks.clone();
    let look = move |_: SocketAddr| {
        let mut looks = counted.lock().unwrap();
        *looks += 1;
        match *looks {
            1 => Owner::Ours,
            _ => OTHER,
        }
    };
    let http = Http::with(Trust::open(None), Arc::new(look));
    assert!(
        discover_within(&http, &[server.port()], LONG)
            .await
            .is_empty()
    );
    assert_eq!(*looks.lock().unwrap(), 2);
    assert!(server.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_goes_to_one_s_own_server_of_a_kind_and_to_no_stranger() {
    for (owner, gets) in [(Owner::Ours, true), (OTHER, false), (Owner::Unknown, false)] {
        for server in [llama(), openai()] {
            for wants in [true, false] {
                server.set_key(wants.then_some("sk-verysecret"));
                let (http, ..) = http(owner);
                let mut settings = settings(&server.url());
                settings.api_key = Some(ApiKey::Literal("sk-verysecret".to_owned()));
                let address = super::endpoint::Address::Chosen;
                let model = Model::of(&http, settings, address, Work::Fim).unwrap();
                let before = server.requests().len();
                let answer = ask(&model).await;
                let sent = server.requests()[before..]
                    .iter()
                    .any(|it| it.header("authorization").is_some());
                assert_eq!((answer.is_ok(), sent), (gets, gets), "{owner:?} {wants}");
                if !gets {
                    assert_eq!(answer.unwrap_err().code(), "model-not-yours");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_address_is_never_looked_at() {
    let server = llama();
    let look = |_: SocketAddr| -> Owner { panic!("it is looked at") };
    let http = Http::with(Trust::open(None), Arc::new(look));
    let model = Model::new(&http, &settings(&server.url())).unwrap();
    assert_eq!(model.standing(), Standing::Good);
    assert_eq!(ask(&model).await, Ok(String::new()));
}

#[tokio::test]
async fn where_nobody_tells_whose_it_is_a_server_is_asked_again_what_it_is() {
    let server = ModelServer::openai(&["qwen2.5-coder:1.5b"]);
    let (http, ..) = http(Owner::Unknown);
    let model = found(&http, &server).await;
    http.trust().remember(&stranger(&model), true);
    assert_eq!(ask(&model).await, Ok(String::new()));
    let requests = server.requests().len();
    assert_eq!(ask(&model).await, Ok(String::new()));
    assert_eq!(
        server.requests().len(),
        requests + 1,
        "not at every request"
    );
    // Another server takes the port while nothing is asked: no connection fails.
    server.set_models(&["qwen2.5-coder:7b"]);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
    let calls = server.calls();
    assert_eq!(ask(&model).await.unwrap_err().code(), "model-not-yours");
    assert_eq!(server.calls(), calls);
    server.set_models(&["qwen2.5-coder:1.5b"]);
    model.retry_now();
    let again = found(&http, &server).await;
    assert_eq!(ask(&again).await, Ok(String::new()));
}

/// The system's own word, where this test may make a socket another user's.
#[tokio::test(flavor = "multi_thread")]
async fn a_listener_of_another_user_s_is_told_by_the_system() {
    let server = llama();
    let http = Http::with(Trust::open(None), Arc::new(crate::model::owner::of));
    let own = found(&http, &server).await;
    if cfg!(target_os = "linux") {
        assert_eq!(own.standing(), Standing::Good);
    }
    if !server.give_to(65_534) {
        return skipped();
    }
    assert_eq!(stranger(&found(&http, &server).await).owner, OTHER);
}

fn skipped() {
    eprintln!("skipped: only root, on Linux, can make a socket another user's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed_and_gets_neither_key_nor_code() {
    let other = llama();
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let server = llama();
        let model = with(&server, |it| {
            it.api_key = Some(ApiKey::Literal("sk-verysecret".to_owned()))
        });
        model.info().await.unwrap();
        for to in [
            format!("{}/completion", other.url()),
            format!("{}/completion", server.url()),
        ] {
            let head = format!("HTTP/1.1 {status}\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
            server.then(Reply::raw(&[head.as_bytes()]));
            let calls = server.calls();
            assert_eq!(ask(&model).await.unwrap_err().code(), "model-refused");
            assert_eq!(server.calls(), calls + 1, "not even to itself");
        }
    }
    assert_eq!(other.connections(), 0);
}
