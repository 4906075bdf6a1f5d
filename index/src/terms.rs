//! From code to the terms that are searched: whole identifiers and their parts, the same for texts and for queries.

/// The terms of a text, in order; each identifier gives itself and, where it has several, its parts. All in lower case.
pub fn terms(text: &str, mut each: impl FnMut(&str)) {
    let mut lower = String::new();
    for word in text.split(|it: char| !(it.is_alphanumeric() || it == '_')) {
        if word.is_empty() {
            continue;
        }
        lower.clear();
        lower.extend(word.chars().flat_map(char::to_lowercase));
        each(&lower);
    }
}
