use wasm_bindgen::JsValue;

/// What was thrown, without the stack that JavaScript's errors carry.
pub(in crate::edge) fn error_text(thrown: &JsValue) -> String {
    format!("{thrown:?}").lines().next().unwrap_or_default().to_owned()
}
