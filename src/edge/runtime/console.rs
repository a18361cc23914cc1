use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    pub(in crate::edge) fn console_log(line: &str);

    #[wasm_bindgen(js_namespace = console, js_name = warn)]
    pub(in crate::edge) fn console_warn(line: &str);

    #[wasm_bindgen(js_namespace = console, js_name = error)]
    pub(in crate::edge) fn console_error(line: &str);
}
