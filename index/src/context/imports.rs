//! From an import to the project's files that it means, by the rules of each language, as far as paths alone can tell.

use crate::language::Language;
use crate::outline::Import;
use rustc_hash::FxHashMap;

/// One import means so many files at most.
const FILES: usize = 16;

/// The files of a project, by the ways in which imports name them.
#[derive(Debug, Default)]
pub struct Files {
    paths: Vec<String>,
    /// Indices of paths, by file name.
    by_name: FxHashMap<String, Vec<usize>>,
    /// Indices of paths, by the last part of their folder's path.
    by_folder: FxHashMap<String, Vec<usize>>,
}

impl Files {
    /// Of these paths, which are relative to the root, with `/`.
    pub fn new(mut paths: Vec<String>) -> Files {
        paths.sort();
        let mut by_name: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        let mut by_folder: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (n, path) in paths.iter().enumerate() {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            by_name.entry(name.to_owned()).or_default().push(n);
            let last = folder.rsplit('/').next().unwrap_or_default();
            by_folder.entry(last.to_owned()).or_default().push(n);
        }
        Files {
            paths,
            by_name,
            by_folder,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Their paths, sorted.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The files that an import in the file `from` means, the most likely first.
    pub fn resolve(
        &self,
        from: &str,
        language: Option<&'static Language>,
        import: &Import,
    ) -> Vec<&str> {
        let Some(language) = language else {
            return Vec::new();
        };
        let mut found = match language.id {
            "rust" => self.rust(from, import),
            "python" => self.python(from, import),
            "go" => self.go(from, &import.path),
            "java" | "kotlin" | "scala" | "groovy" => self.java(from, import),
            "javascript" | "javascriptreact" | "typescript" | "typescriptreact" | "vue"
            | "svelte" => self.script(from, &import.path),
            "c" | "cpp" | "objective-c" | "objective-cpp" | "cuda-cpp" => {
                self.header(from, &import.path)
            }
            "php" => self.by_tail(from, &import.path.replace('\\', "/"), language.extensions),
            "lua" => self.by_tail(from, &import.path.replace('.', "/"), language.extensions),
            _ => self.by_tail(from, &import.path, language.extensions),
        };
        let mut seen = rustc_hash::FxHashSet::default();
        found.retain(|it| *it != from && seen.insert(*it));
        found.truncate(FILES);
        found
    }

    fn exact(&self, path: &str) -> Option<&str> {
        let at = self.paths.binary_search_by(|it| it.as_str().cmp(path));
        at.ok().map(|it| self.paths[it].as_str())
    }

    /// The files whose paths end with `tail`, the nearest to `from` first.
    fn ending(&self, from: &str, tail: &str) -> Vec<&str> {
        let name = tail.rsplit('/').next().unwrap_or(tail);
        let candidates = self.by_name.get(name).into_iter().flatten();
        let paths = candidates.map(|it| self.paths[*it].as_str());
        nearest(from, paths.filter(|it| ends(it, tail)).collect())
    }

    /// The files directly in the folders whose paths end with `tail`, the nearest folder's only.
    fn in_folder(&self, from: &str, tail: &str, extension: &str) -> Vec<&str> {
        let name = tail.rsplit('/').next().unwrap_or(tail);
        let candidates = self.by_folder.get(name).into_iter().flatten();
        let paths = candidates.map(|it| self.paths[*it].as_str());
        let found = nearest(
            from,
            paths
                .filter(|it| ends(folder(it), tail) && it.ends_with(extension) && !is_test(it))
                .collect(),
        );
        let first = found.first().map(|it| folder(it));
        found
            .into_iter()
            .filter(|it| Some(folder(it)) == first)
            .collect()
    }

    /// By the longest end of the path that some file has, with any of the extensions or its own.
    fn by_tail(&self, from: &str, path: &str, extensions: &[&str]) -> Vec<&str> {
        let path = path.trim_start_matches("./").trim_matches('/');
        let path = match path.contains("../") {
            true => &join(folder(from), path),
            false => path,
        };
        let mut tail = path;
        loop {
            let mut found = self.ending(from, tail);
            for extension in extensions {
                found.extend(self.ending(from, &format!("{tail}.{extension}")));
            }
            match tail.split_once('/') {
                Some((_, shorter)) if found.is_empty() => tail = shorter,
                _ => return found,
            }
        }
    }

    /// `crate::a::b::Name`, `super::…`, `self::…`, or the name of another crate of the workspace.
    fn rust(&self, from: &str, import: &Import) -> Vec<&str> {
        let mut segments: Vec<&str> = import.path.split("::").map(str::trim).collect();
        let (here, name) = from.rsplit_once('/').unwrap_or(("", from));
        let own = match name {
            "mod.rs" | "lib.rs" | "main.rs" => here.to_owned(),
            _ => join(here, name.trim_end_matches(".rs")),
        };
        let source = match from.rfind("src/") {
            Some(at) => &from[..at + 3],
            None => here,
        };
        let mut base = match segments[0] {
            "crate" => source.to_owned(),
            "self" => own.clone(),
            "super" => folder(&own).to_owned(),
            _ => return self.other_crate(from, &segments, &import.names),
        };
        segments.remove(0);
        while segments.first() == Some(&"super") {
            segments.remove(0);
            base = folder(&base).to_owned();
        }
        self.module(&base, &segments, &import.names)
    }

    /// The deepest module of these segments that is a file, and the modules that are brought by name.
    fn module(&self, base: &str, segments: &[&str], names: &[String]) -> Vec<&str> {
        let mut found = Vec::new();
        let file = |path: &str| {
            let as_file = self.exact(&format!("{path}.rs"));
            as_file.or_else(|| self.exact(&join(path, "mod.rs")))
        };
        let whole = segments
            .iter()
            .fold(base.to_owned(), |it, part| join(&it, part));
        found.extend(names.iter().filter_map(|it| file(&join(&whole, it))));
        for n in (0..=segments.len()).rev() {
            let path = segments[..n]
                .iter()
                .fold(base.to_owned(), |it, part| join(&it, part));
            let root = || {
                ["lib.rs", "main.rs"]
                    .iter()
                    .find_map(|it| self.exact(&join(&path, it)))
            };
            if let Some(it) = file(&path).or_else(root) {
                found.push(it);
                break;
            }
        }
        found
    }

    fn other_crate(&self, from: &str, segments: &[&str], names: &[String]) -> Vec<&str> {
        let folder_of = |name: &str| {
            let roots = self.by_name.get("lib.rs").into_iter().flatten();
            let paths = roots.map(|it| self.paths[*it].as_str());
            let mut paths = paths.filter(|it| {
                let source = folder(it);
                source.ends_with("src") && ends(folder(source), name)
            });
            paths.next().map(|it| folder(it).to_owned())
        };
        // A module that is a child of this file's own may be named without `self`.
        let (here, name) = from.rsplit_once('/').unwrap_or(("", from));
        let own = join(here, name.trim_end_matches(".rs"));
        let dashes = segments[0].replace('_', "-");
        match folder_of(segments[0]).or_else(|| folder_of(&dashes)) {
            Some(source) => self.module(&source, &segments[1..], names),
            None => {
                let child = [join(&own, segments[0]), join(here, segments[0])];
                let is_file = |it: &&String| self.exact(&format!("{it}.rs")).is_some();
                let Some(base) = child.iter().find(is_file) else {
                    return Vec::new();
                };
                self.module(folder(base), segments, names)
            }
        }
    }

    /// `a.b.c`, `.c`, `..`; what is imported by name may be a module of its own.
    fn python(&self, from: &str, import: &Import) -> Vec<&str> {
        let dots = import.path.len() - import.path.trim_start_matches('.').len();
        let rest = import.path[dots..].replace('.', "/");
        let mut bases = Vec::new();
        if dots > 0 {
            let base = (1..dots).fold(folder(from), |it, _| folder(it));
            bases.push(join(base, &rest));
        }
        let module = |path: &str| -> Vec<&str> {
            let (file, package) = (format!("{path}.py"), join(path, "__init__.py"));
            if dots > 0 {
                return [file, package]
                    .iter()
                    .filter_map(|it| self.exact(it))
                    .collect();
            }
            let mut found = self.ending(from, &file);
            found.extend(self.ending(from, &package));
            found.truncate(2);
            found
        };
        if dots == 0 {
            bases.push(rest);
        }
        let mut found = Vec::new();
        for base in &bases {
            for name in &import.names {
                found.extend(module(&join(base, name)));
            }
            if !base.is_empty() {
                found.extend(module(base));
            }
        }
        found
    }

    /// The folder of a package is the end of its path.
    fn go(&self, from: &str, path: &str) -> Vec<&str> {
        let mut tail = path;
        loop {
            let found = self.in_folder(from, tail, ".go");
            if !found.is_empty() {
                return found;
            }
            match tail.split_once('/') {
                Some((_, shorter)) => tail = shorter,
                None => return Vec::new(),
            }
        }
    }

    /// `a.b.C`, `a.b.*`, and static `a.b.C.member`.
    fn java(&self, from: &str, import: &Import) -> Vec<&str> {
        let path = import.path.trim_end_matches(".*").replace('.', "/");
        let all = [path.as_str(), folder(&path)];
        for path in all.into_iter().filter(|it| !it.is_empty()) {
            let mut found = Vec::new();
            for extension in ["java", "kt", "scala", "groovy"] {
                for name in &import.names {
                    found.extend(self.ending(from, &format!("{}.{extension}", join(path, name))));
                }
                found.extend(self.ending(from, &format!("{path}.{extension}")));
            }
            if found.is_empty() && (import.path.ends_with('*') || import.names.is_empty()) {
                found = self.in_folder(from, path, "");
            }
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// Relative paths, with or without extension; others by their end, as `@/…` and the like have it.
    fn script(&self, from: &str, path: &str) -> Vec<&str> {
        const EXTENSIONS: [&str; 9] = [
            "ts", "tsx", "js", "jsx", "mjs", "cjs", "d.ts", "vue", "svelte",
        ];
        let relative = path.starts_with('.');
        let tail = match (relative, path.split_once('/')) {
            (true, _) => join(folder(from), path),
            (false, Some((_, rest))) => rest.to_owned(),
            (false, None) => return Vec::new(),
        };
        let bare = tail
            .strip_suffix(".js")
            .or_else(|| tail.strip_suffix(".mjs"))
            .unwrap_or(&tail);
        let mut wanted = vec![tail.clone()];
        wanted.extend(EXTENSIONS.iter().map(|it| format!("{bare}.{it}")));
        wanted.extend(
            EXTENSIONS
                .iter()
                .map(|it| join(bare, &format!("index.{it}"))),
        );
        let mut found = wanted.iter().flat_map(|it| match relative {
            true => self.exact(it).into_iter().collect(),
            false => self.ending(from, it),
        });
        found.next().into_iter().collect()
    }

    /// The header, and the source of the same name.
    fn header(&self, from: &str, path: &str) -> Vec<&str> {
        let beside = join(folder(from), path);
        let found = match self.exact(&beside) {
            Some(it) => vec![it],
            None => self.ending(from, &beside.replace("../", "")),
        };
        let found = match found.is_empty() {
            true => self.ending(from, path.trim_start_matches("../")),
            false => found,
        };
        let Some(header) = found.first().copied() else {
            return Vec::new();
        };
        let stem = header.rsplit_once('.').map_or(header, |it| it.0);
        let name = stem.rsplit('/').next().unwrap_or(stem);
        let mut all = vec![header];
        for extension in ["c", "cpp", "cc", "cxx", "m"] {
            let source = self.ending(header, &format!("{name}.{extension}"));
            all.extend(source.first());
        }
        all
    }
}

/// Whether code in these languages calls each other.
pub(super) fn speak(one: Option<&Language>, other: Option<&Language>) -> bool {
    const FAMILIES: &[&[&str]] = &[
        &[
            "javascript",
            "javascriptreact",
            "typescript",
            "typescriptreact",
            "vue",
            "svelte",
        ],
        &["java", "kotlin", "scala", "groovy"],
        &["c", "cpp", "objective-c", "objective-cpp", "cuda-cpp"],
    ];
    let (Some(one), Some(other)) = (one, other) else {
        return false;
    };
    let both = |it: &&[&str]| it.contains(&one.id) && it.contains(&other.id);
    one.id == other.id || FAMILIES.iter().any(both)
}

/// Whether a path is one of tests.
pub(super) fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let folders = folder(path).split('/');
    folders
        .into_iter()
        .any(|it| matches!(it, "test" | "tests" | "__tests__" | "testdata" | "spec"))
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("Test")
        || stem.ends_with("Tests")
        || name.contains(".test.")
        || name.contains(".spec.")
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |it| it.0)
}

fn ends(path: &str, tail: &str) -> bool {
    path.strip_suffix(tail)
        .is_some_and(|it| it.is_empty() || it.ends_with('/'))
}

/// `path` seen from `base`, without `.` and `..`.
fn join(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = base.split('/').filter(|it| !it.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            it => parts.push(it),
        }
    }
    parts.join("/")
}

/// Those that share most folders with `from` first, then in order.
fn nearest<'a>(from: &str, mut paths: Vec<&'a str>) -> Vec<&'a str> {
    let shared = |path: &str| {
        let parts = from.split('/').zip(path.split('/'));
        parts.take_while(|(a, b)| a == b).count()
    };
    paths.sort_by_key(|it| (std::cmp::Reverse(shared(it)), it.len()));
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[&str], from: &str, path: &str, names: &[&str], expected: &[&str]) {
        let all = files.iter().map(|it| it.to_string()).collect();
        let import = Import {
            path: path.to_owned(),
            names: names.iter().map(|it| it.to_string()).collect(),
            line: 1,
        };
        let language = Language::of_path(from.as_ref());
        assert_eq!(Files::new(all).resolve(from, language, &import), expected);
    }

    #[test]
    fn rust_modules_are_found_from_the_crate_and_from_here() {
        let files = [
            "a/src/lib.rs",
            "a/src/shape.rs",
            "a/src/shape/area.rs",
            "b/src/lib.rs",
            "b/src/x/mod.rs",
        ];
        check(
            &files,
            "a/src/lib.rs",
            "crate::shape::area",
            &["area"],
            &["a/src/shape/area.rs"],
        );
        check(
            &files,
            "a/src/lib.rs",
            "crate::shape",
            &["area", "Shape"],
            &["a/src/shape/area.rs", "a/src/shape.rs"],
        );
        check(
            &files,
            "a/src/shape/area.rs",
            "super",
            &["Shape"],
            &["a/src/shape.rs"],
        );
        check(
            &files,
            "a/src/shape.rs",
            "self::area",
            &[],
            &["a/src/shape/area.rs"],
        );
        check(
            &files,
            "a/src/lib.rs",
            "b::x::Thing",
            &[],
            &["b/src/x/mod.rs"],
        );
        check(&files, "a/src/lib.rs", "std::fs", &["File"], &[]);
    }

    #[test]
    fn python_modules_are_found_by_dots_and_by_the_ends_of_paths() {
        let files = [
            "src/p/__init__.py",
            "src/p/a.py",
            "src/p/q/b.py",
            "src/p/q/__init__.py",
        ];
        check(&files, "src/p/q/b.py", "..a", &["f"], &["src/p/a.py"]);
        check(
            &files,
            "src/p/a.py",
            ".",
            &["q"],
            &["src/p/q/__init__.py", "src/p/__init__.py"],
        );
        check(&files, "src/p/a.py", "p.q.b", &["f"], &["src/p/q/b.py"]);
        check(&files, "src/p/a.py", "os.path", &["join"], &[]);
    }

    #[test]
    fn scripts_are_found_with_any_extension_and_as_folders() {
        let files = ["src/a.ts", "src/b/index.tsx", "src/c.js"];
        check(&files, "src/b/index.tsx", "../a.js", &["f"], &["src/a.ts"]);
        check(&files, "src/a.ts", "./b", &[], &["src/b/index.tsx"]);
        check(&files, "src/a.ts", "@/c", &[], &["src/c.js"]);
        check(&files, "src/a.ts", "react", &[], &[]);
    }

    #[test]
    fn packages_classes_and_headers_are_found_by_the_ends_of_their_paths() {
        let go = ["main.go", "store/a.go", "store/b.go", "store/a_test.go"];
        check(
            &go,
            "main.go",
            "example.com/x/store",
            &[],
            &["store/a.go", "store/b.go"],
        );
        let java = [
            "m/src/main/java/org/x/A.java",
            "m/src/main/java/org/x/B.java",
        ];
        check(&java, java[0], "org.x.B", &[], &[java[1]]);
        check(&java, java[0], "org.x.B.of", &[], &[java[1]]);
        let c = ["src/main.c", "src/lib/x.h", "src/lib/x.c"];
        check(
            &c,
            "src/main.c",
            "lib/x.h",
            &[],
            &["src/lib/x.h", "src/lib/x.c"],
        );
        check(&c, "src/main.c", "stdio.h", &[], &[]);
    }
}
