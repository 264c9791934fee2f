//! The JavaScript between page and WebAssembly, made smaller: short names for what both call each other by, no
//! comments, no indentation.
//!
//! wasm-bindgen's names end in sixteen random digits, which nothing compresses, and stand in both files: 3 KB in all.
//! wasm-opt can rename them in the one and tells how, and the other follows here. A full minifier would gain another
//! kilobyte and bring a program of its own to install.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The module that wasm-opt puts all imports into.
const MODULE: &str = "a";

/// What wasm-opt has renamed, as it tells on its standard output.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    modules: BTreeSet<String>,
    imports: HashMap<String, String>,
    exports: HashMap<String, String>,
}

impl Names {
    /// Reads `{"imports": [[module, old, new], …], "exports": [[old, new], …]}`.
    pub(crate) fn read(told: &str) -> Result<Self> {
        let told: Value =
            serde_json::from_str(told).context("wasm-opt told its names unreadably")?;
        let rows = |part: &str| -> Result<Vec<Vec<&str>>> {
            let rows = told[part].as_array().with_context(|| format!("wasm-opt told no {part}"))?;
            Ok(rows
                .iter()
                .filter_map(Value::as_array)
                .map(|row| row.iter().filter_map(Value::as_str).collect())
                .collect())
        };
        let mut names = Self::default();
        for row in rows("imports")? {
            let [module, old, new] = row[..] else { bail!("wasm-opt told half an import") };
            names.modules.insert(module.to_owned());
            names.imports.insert(old.to_owned(), new.to_owned());
        }
        for row in rows("exports")? {
            let [old, new] = row[..] else { bail!("wasm-opt told half an export") };
            names.exports.insert(old.to_owned(), new.to_owned());
        }
        Ok(names)
    }

    /// The script with these names: imports wherever they stand, exports as members of `wasm`.
    pub(crate) fn apply(&self, script: &str) -> Result<String> {
        let Some(module) = self.modules.first() else { return Ok(script.to_owned()) };
        if self.modules.len() > 1 {
            bail!(
                "the page imports from several modules ({:?}), which wasm-opt has made one of: build without \
                 its renaming (`MINIFY` in crates/xtask/src/web.rs)",
                self.modules
            );
        }
        let script = script.replace(&format!("\"{module}\""), &format!("\"{MODULE}\""));
        let mut out = String::with_capacity(script.len());
        for word in words(&script) {
            let of_wasm = out.ends_with("wasm.");
            let new = self.imports.get(word).or_else(|| self.exports.get(word).filter(|_| of_wasm));
            out.push_str(new.map_or(word, String::as_str));
        }
        Ok(out)
    }
}

/// A text as words of letters, digits, `_` and `$`, and what stands between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c| is_word(c) != is_word(first)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

/// What wasm-bindgen writes around each call that may fail, and after it; and what says the same once for all.
const GUARDED: [&str; 2] = ["function() { return handleError(function", "}, arguments); },"];
const GUARD: [&str; 2] = ["guarded(function", "}),"];
const GUARDS: &str =
    "function guarded(call) { return function() { return handleError(call, arguments); }; }\n";

/// The script with one guard for all calls that may fail, where it is written as it is known here.
pub(crate) fn with_one_guard(script: String) -> String {
    let [begins, ends] = GUARDED.map(|part| script.matches(part).count());
    if begins == 0 || begins != ends {
        return script;
    }
    let [begin, end] = GUARDED;
    GUARDS.to_owned() + &script.replace(begin, GUARD[0]).replace(end, GUARD[1])
}

/// How wasm-bindgen asks whether something is of a class that may be missing, without indentation; and what says the same once for
/// all.
const KIND: [&str; 2] = [
    "let result;\ntry {\nresult = arg0 instanceof ",
    ";\n} catch (_) {\nresult = false;\n}\nconst ret = result;\nreturn ret;\n",
];
const KINDS: &str =
    "const isKind = (value, name) => value instanceof (globalThis[name] ?? class {});\n";
/// The second way to load a program, which no page goes.
const EXPORTS: [&str; 2] =
    ["export { initSync, __wbg_init as default };", "export { __wbg_init as default };"];

/// What it is ready for and never meets here: where that begins and ends in the script, and what does for it. What it is given may be an
/// address in several shapes, or nothing, where the page gives one (`Trunk.toml`), once; and each browser that runs the program has all
/// that is looked for.
const NEVER: [[&str; 3]; 10] = [
    [
        "if (module_or_path !== undefined) {\n",
        "import.meta.url);\n}\n",
        "({ module_or_path } = module_or_path);\n",
    ],
    [
        "if (typeof module_or_path === 'string'",
        "fetch(module_or_path);\n}\n",
        "module_or_path = fetch(module_or_path);\n",
    ],
    [
        "async function __wbg_load(module, imports) {\n",
        "return false;\n}\n}\n",
        "async function __wbg_load(module, imports) {\n\
         if (!module.ok) throw new Error(`failed to fetch Wasm: ${module.status}`);\n\
         try {\n\
         return await WebAssembly.instantiateStreaming(module, imports);\n\
         } catch (e) {\n\
         if (module.headers.get('Content-Type') === 'application/wasm') throw e;\n\
         console.warn('not served as application/wasm: the start is slower', e);\n\
         }\n\
         return WebAssembly.instantiate(await module.arrayBuffer(), imports);\n\
         }\n",
    ],
    [
        "let __wbg_init_promise;\n",
        "async function __wbg_init_once(module_or_path) {\n",
        "async function __wbg_init(module_or_path) {\n",
    ],
    ["if (realloc === undefined) {\n", "return ptr;\n}\n", ""],
    ["if (!('encodeInto' in cachedTextEncoder)) {\n", "};\n}\n", ""],
    [
        "cachedDataViewMemory0.buffer.detached === true || (",
        "cachedDataViewMemory0.buffer.detached === undefined && ",
        "(",
    ],
    [
        "const CLOSURE_DTORS = (typeof FinalizationRegistry",
        ": new FinalizationRegistry(",
        "const CLOSURE_DTORS = new FinalizationRegistry(",
    ],
    ["let wasmModule, wasmInstance, wasm;\n", "", "let wasm;\n"],
    ["wasmInstance = instance;\n", "wasmModule = module;\n", "wasm = instance.exports;\n"],
];

/// The script, which has lost its comments, with one question for all classes and one way to load it, where these are written as they
/// are known here.
pub(crate) fn lean(script: &str) -> String {
    let [exports, one] = EXPORTS;
    let mut script = script.replace(exports, one);
    for [begin, end, instead] in NEVER {
        if let Some((before, rest)) = script.split_once(begin)
            && let Some((_, after)) = rest.split_once(end)
        {
            script = [before, instead, after].concat();
        }
    }
    let [begin, end] = KIND;
    let mut out = KINDS.to_owned();
    let mut rest = script.as_str();
    while let Some((before, after)) = rest.split_once(begin) {
        let Some((name, after)) = after.split_once(end) else { return script };
        for part in [before, "return isKind(arg0, \"", name, "\");\n"] {
            out.push_str(part);
        }
        rest = after;
    }
    out + rest
}

/// The script without what only people read. Comments count as such only where they begin a line: within one, what
/// looks like a comment may be part of a text.
pub(crate) fn without_comments(script: &str) -> String {
    let mut out = String::with_capacity(script.len());
    let mut within = false;
    for line in script.lines().map(str::trim_start) {
        if within || line.starts_with("/*") {
            within = !line.contains("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &str = r#"{"imports": [["./x_bg.js", "__wbg_log_0123456789abcdef", "b"]],
        "exports": [["memory", "c"], ["__wbindgen_start", "d"]]}"#;

    #[test]
    fn the_script_follows_the_names_of_the_program() {
        let script = "const i = { __wbg_log_0123456789abcdef: function(memory) {} };\n\
            return { \"./x_bg.js\": i }; wasm.memory.buffer; wasm.__wbindgen_start(); memory; wasm.other;";
        let expected = "const i = { b: function(memory) {} };\n\
            return { \"a\": i }; wasm.c.buffer; wasm.d(); memory; wasm.other;";
        assert_eq!(Names::read(TOLD).unwrap().apply(script).unwrap(), expected);
    }

    #[test]
    fn calls_that_may_fail_share_a_guard() {
        let script = "a: function() { return handleError(function (arg0) {\n arg0.b();\n}, arguments); },\nc: function() {},";
        let shared = with_one_guard(script.to_owned());
        assert_eq!(
            shared,
            format!("{GUARDS}a: guarded(function (arg0) {{\n arg0.b();\n}}),\nc: function() {{}},")
        );
        let other = format!("{script} }}, arguments); }},");
        assert_eq!(with_one_guard(other.clone()), other, "it is not as it is known");
    }

    #[test]
    fn all_classes_are_asked_for_in_one_way() {
        let one = |name: &str| format!("{}{name}{}", KIND[0], KIND[1]);
        let script =
            format!("a() {{\n{}}}\nb() {{\n{}}}\n{}", one("Window"), one("Map"), EXPORTS[0]);
        let expected =
            "a() {\nreturn isKind(arg0, \"Window\");\n}\nb() {\nreturn isKind(arg0, \"Map\");\n}\n";
        assert_eq!(lean(&script), format!("{KINDS}{expected}{}", EXPORTS[1]));
        let load = "async function load(module_or_path) {\nif (module_or_path !== undefined) {\nelse();\n}\n\
            if (module_or_path === undefined) {\nmodule_or_path = new URL('x', import.meta.url);\n}\nconst imports = get();\n\
            if (typeof module_or_path === 'string' || other()) {\nmodule_or_path = fetch(module_or_path);\n}\n}";
        let expected = "async function load(module_or_path) {\n({ module_or_path } = module_or_path);\nconst imports = get();\n\
            module_or_path = fetch(module_or_path);\n}";
        assert_eq!(lean(load), format!("{KINDS}{expected}"));
        let load = "async function __wbg_load(module, imports) {\nif (typeof Response === 'function') {\none();\n}\n\
            function other(type) {\nreturn false;\n}\n}\nlet __wbg_init_promise;\nasync function __wbg_init(given) {\nonce();\n}\n\
            async function __wbg_init_once(module_or_path) {\n}\nfunction view() {\nif (cachedDataViewMemory0 === null || \
            cachedDataViewMemory0.buffer.detached === true || (cachedDataViewMemory0.buffer.detached === undefined && \
            cachedDataViewMemory0.buffer !== wasm.m.buffer)) {\n}\n}\nfunction pass(realloc) {\nif (realloc === undefined) {\nreturn ptr;\n}\n}\n";
        let lean_load = lean(load);
        assert!(lean_load.contains("instantiateStreaming(module, imports);"), "{lean_load}");
        assert!(!lean_load.contains("other(") && !lean_load.contains("once"), "{lean_load}");
        let expected = "async function __wbg_init(module_or_path) {\n}\nfunction view() {\nif (cachedDataViewMemory0 === null || \
            (cachedDataViewMemory0.buffer !== wasm.m.buffer)) {\n}\n}\nfunction pass(realloc) {\n}\n";
        assert!(lean_load.ends_with(expected), "{lean_load}");
        let other = format!("{}Window; }}", KIND[0]);
        assert_eq!(lean(&other), other, "it is not as it is known");
    }

    #[test]
    fn a_name_within_a_longer_one_stays() {
        let names = Names::read(TOLD).unwrap();
        let script = "x__wbg_log_0123456789abcdef __wbg_log_0123456789abcdef2 wasm.memory2";
        assert_eq!(names.apply(script).unwrap(), script);
    }

    #[test]
    fn what_wasm_opt_did_not_tell_is_an_error() {
        for told in ["", "a => b", "{}", r#"{"imports": [["a"]], "exports": []}"#] {
            assert!(Names::read(told).is_err(), "{told}");
        }
    }

    #[test]
    fn several_modules_are_refused() {
        let told = r#"{"imports": [["m", "x", "a"], ["n", "y", "b"]], "exports": []}"#;
        assert!(Names::read(told).unwrap().apply("").is_err());
    }

    #[test]
    fn comments_and_indentation_go_and_texts_stay() {
        let script =
            "/* one */\n/**\n * two\n */\n    let a = \"/* no */\"; // stays\n\n  // goes\nb();\n";
        assert_eq!(without_comments(script), "let a = \"/* no */\"; // stays\nb();\n");
    }
}
