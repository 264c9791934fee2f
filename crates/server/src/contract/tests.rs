use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;

use super::*;
use crate::app::Shared;
use crate::auth::passwords::Passwords;
use crate::auth::throttle::Throttle;
use crate::chat::Chat;
use crate::health::Health;
use crate::hub::Hub;
use crate::limits::{Held, Limiter};
use crate::metrics::{Metrics, Room};
use crate::pages::Pages;
use crate::store::Store;
use crate::{Config, Cost, app};

/// All routes of a real server.
async fn router() -> Router {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(folder.path(), folder.path());
    let (store, hub) = (Store::open(&config.data, None).await.unwrap(), Arc::new(Hub::default()));
    let opened = Chat::open(store.clone(), hub.clone(), config.clock.clone(), config.sockets);
    let (chat, _) = opened.await.unwrap();
    let passwords = Passwords::new(Cost::LEAST).unwrap();
    let (limiter, throttle) = (
        Limiter::new(None, Held::new(config.connections_from), config.clock.clone()),
        Throttle::default(),
    );
    let metrics = Metrics::new(Room::new(1), &chat, &store, &passwords, &limiter, &throttle);
    app::router(App::from(Shared {
        store,
        hub,
        chat,
        passwords,
        throttle,
        limiter,
        clock: config.clock,
        pages: Pages::new(config.dist),
        metrics,
        health: Health::default(),
        origins: Vec::new(),
        proxies: Vec::new(),
        is_secure: false,
        ping: config.ping,
        queue_bytes: config.queue_bytes,
        body_patience: config.patience.body,
        stopping: tokio_util::sync::CancellationToken::new(),
        sockets: tokio_util::task::TaskTracker::new(),
    }))
}

/// `get /api/users/online` and the like, by what a router shows of itself: axum's has no other way to be asked.
///
/// `RouteId(3): MethodRouter(MethodRouter { …, allow_header: Bytes(b"GET,HEAD") })` and `RouteId(3): "/api/users"`.
fn routes(router: &Router) -> BTreeSet<String> {
    let shown = format!("{router:?}");
    // What follows are those that stand in where there is none.
    let own = shown.split("PathRouter {").nth(1).unwrap();
    let (mut paths, mut methods) = (BTreeMap::new(), BTreeMap::new());
    for part in own.split("RouteId(").skip(1) {
        let (number, rest) = part.split_once("): ").unwrap();
        if let Some(path) = rest.strip_prefix('"') {
            paths.insert(number, path.split_once('"').unwrap().0);
        } else {
            let allowed = rest.split_once("allow_header: Bytes(b\"");
            methods
                .insert(number, allowed.map_or("ANY", |(_, rest)| rest.split_once('"').unwrap().0));
        }
    }
    assert_eq!(paths.len(), methods.len(), "{own}");
    let of = |(number, path): (&&str, &&str)| {
        let one = |method: &str| format!("{} {path}", method.to_lowercase());
        methods[*number].split(',').map(one).collect::<Vec<_>>()
    };
    // Each GET is a HEAD as well.
    paths.iter().flat_map(of).filter(|route| !route.starts_with("head ")).collect()
}

/// Each route of a document, with what is told of it.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, told) in item.as_object().unwrap() {
            all.push((format!("{method} {path}"), told));
        }
    }
    all
}

/// Every object in a value.
fn objects<'v>(value: &'v Value, found: &mut Vec<&'v serde_json::Map<String, Value>>) {
    match value {
        Value::Object(object) => {
            found.push(object);
            object.values().for_each(|value| objects(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| objects(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_route_is_described_and_no_other() {
    let document = calls::document();
    let told: BTreeSet<_> = operations(&document).into_iter().map(|(route, _)| route).collect();
    let mut routes = routes(&router().await);
    // It says that there is none.
    assert!(routes.remove("any /api/"));
    assert_eq!(routes, told);
    assert!(told.len() > 20, "{told:?}");
}

#[test]
fn every_call_has_a_name_a_sentence_and_all_that_may_be_answered() {
    let document = calls::document();
    let mut names = BTreeSet::new();
    for (route, told) in operations(&document) {
        assert!(names.insert(told["operationId"].as_str().unwrap()), "{route}");
        assert!(told["summary"].as_str().unwrap().len() > 5, "{route}");
        assert!(told["tags"][0].is_string(), "{route}");
        let answers = told["responses"].as_object().unwrap();
        let has = |status: &str| answers.contains_key(status);
        assert!(answers.keys().any(|status| status.as_str() < "400"), "{route}");
        assert!(has("503"), "{route}: no room");
        assert_eq!(has("429"), !route.ends_with('z'), "{route}: limits");
        let takes_body = told.get("requestBody").is_some();
        assert_eq!(takes_body, has("413") && has("408") && has("400"), "{route}: bodies");
        assert_eq!(
            told.get("security").is_some(),
            has("401") && !route.ends_with("login"),
            "{route}"
        );
        let mut segments = 0;
        for parameter in told["parameters"].as_array().into_iter().flatten() {
            let in_path = route.contains(&format!("{{{}}}", parameter["name"].as_str().unwrap()));
            assert_eq!(parameter["in"] == "path", in_path, "{route}");
            segments += usize::from(in_path);
        }
        assert_eq!(segments, route.matches('{').count(), "{route}");
    }
}

#[test]
fn the_documents_refer_to_what_is_there_and_their_schemas_are_some() {
    for document in [calls::document(), frames::document()] {
        let mut all = Vec::new();
        objects(&document, &mut all);
        let references = all.iter().filter_map(|object| object.get("$ref")?.as_str());
        let (mut count, mut referred) = (0, BTreeSet::new());
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
            referred.insert(reference);
            count += 1;
        }
        assert!(count > 30, "{count}");
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}");
            assert!(
                referred.contains(&*format!("#/components/schemas/{name}")),
                "{name} is of no use"
            );
        }
        let words = document.to_string();
        for code in ["```", "crate::", "[`", "`None`"] {
            assert!(!words.contains(code), "{code} is for those who read the code");
        }
    }
}

#[test]
fn each_frame_of_either_side_is_described_once() {
    let document = frames::document();
    let names = |operation: &str| {
        let messages = document["operations"][operation]["messages"].as_array().unwrap();
        messages.len()
    };
    assert_eq!((names("hear"), names("say")), (13, 5));
    assert_eq!(document["components"]["messages"].as_object().unwrap().len(), 18);
    assert_eq!(document["channels"]["socket"]["messages"].as_object().unwrap().len(), 18);
}
