//! Applying a workspace edit as an editor does: to a text, if the version is right.

use super::text::Encoding;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a workspace edit makes of texts, by their URIs; a file that goes is `None`. Files that the map doesn't have don't
/// exist.
///
/// # Panics
///
/// When the edit is not well formed: edits that overlap, a file that is made twice, or changes that are not in
/// `documentChanges`.
#[track_caller]
pub fn applied(
    edit: &Value,
    texts: &BTreeMap<String, String>,
    encoding: Encoding,
) -> BTreeMap<String, Option<String>> {
    let mut after: BTreeMap<String, Option<String>> = BTreeMap::new();
    let changes = edit["documentChanges"]
        .as_array()
        .unwrap_or_else(|| panic!("no document changes: {edit}"));
    for change in changes {
        match change["kind"].as_str() {
            Some("create") => {
                let uri = change["uri"].as_str().expect("a file has a URI").to_owned();
                assert!(!texts.contains_key(&uri), "{uri} is there already");
                assert!(after.insert(uri, Some(String::new())).is_none());
            }
            Some("delete") => {
                let uri = change["uri"].as_str().expect("a file has a URI").to_owned();
                assert!(texts.contains_key(&uri), "{uri} is not there");
                after.insert(uri, None);
            }
            Some(other) => panic!("unknown change {other}"),
            None => {
                let uri = change["textDocument"]["uri"].as_str().expect("a URI");
                let known = after.get(uri).cloned().flatten();
                let before = known.or_else(|| texts.get(uri).cloned());
                let before = before.unwrap_or_else(|| panic!("{uri} is not there"));
                let edits = change["edits"].as_array().expect("edits");
                let text = edited(&before, edits, encoding);
                after.insert(uri.to_owned(), Some(text));
            }
        }
    }
    after
}

#[track_caller]
fn edited(before: &str, edits: &[Value], encoding: Encoding) -> String {
    let mut edits: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|it| {
            let at = |it: &Value| encoding.offset(before, it);
            let (start, end) = (at(&it["range"]["start"]), at(&it["range"]["end"]));
            (start, end, it["newText"].as_str().expect("a text"))
        })
        .collect();
    edits.sort_by_key(|it| it.0);
    let mut text = String::new();
    let mut copied = 0;
    for (start, end, new) in edits {
        assert!(copied <= start && start <= end, "edits overlap");
        text.push_str(&before[copied..start]);
        text.push_str(new);
        copied = end;
    }
    text.push_str(&before[copied..]);
    text
}
