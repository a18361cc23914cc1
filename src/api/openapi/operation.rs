//! An operation of the document: path, method, request and answers.

use http::Method;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::schemas::Schemas;
use super::shape::Shaped;

/// Who may call it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Auth {
    Nobody,
    Session,
    /// A session is optional.
    Anybody,
    Operator,
    Store,
    Scanner,
}

/// A row of the table.
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    auth: Auth,
    members: Map<String, Value>,
    at: Vec<Value>,
    /// The struct that the query is read into.
    query: Option<String>,
    answers: Map<String, Value>,
    register: Vec<fn(&mut Schemas)>,
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

impl Operation {
    pub(super) fn new(method: Method, path: &'static str, id: &str, summary: &str) -> Self {
        let mut members = Map::new();
        members.insert("operationId".to_owned(), json!(id));
        members.insert("summary".to_owned(), json!(summary));
        let (auth, at, answers) = (Auth::Session, Vec::new(), Map::new());
        Self { method, path, auth, members, at, query: None, answers, register: Vec::new() }
    }

    pub(super) fn says(mut self, description: &str) -> Self {
        self.members.insert("description".to_owned(), json!(description));
        self
    }

    pub(super) fn by(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// A parameter that stands in the path.
    pub(super) fn at(mut self, name: &str, description: &str, schema: &Value) -> Self {
        self.at.push(json!({
            "name": name, "in": "path", "required": true, "description": description,
            "schema": schema,
        }));
        self
    }

    /// The query is read into this.
    pub(super) fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(T::schema_name().into_owned());
        self.register.push(|schemas| drop(schemas.requests.subschema_for::<T>()));
        self
    }

    /// The body is read into this.
    pub(super) fn body<T: JsonSchema>(mut self, limit: usize, counted: &str) -> Self {
        let schema = reference("schemas", &T::schema_name());
        let body = json!({
            "description": format!("A JSON object of at most {limit} bytes{counted}"),
            "required": true,
            "content": { "application/json": { "schema": schema } },
        });
        self.members.insert("requestBody".to_owned(), body);
        self.register.push(|schemas| drop(schemas.requests.subschema_for::<T>()));
        self
    }

    /// The body is read into this, for some; a form's is not read.
    pub(super) fn may_have_body<T: JsonSchema>(mut self, description: &str) -> Self {
        let body = json!({
            "description": description,
            "required": false,
            "content": {
                "application/json": { "schema": reference("schemas", &T::schema_name()) },
                "application/x-www-form-urlencoded": { "schema": {} },
            },
        });
        self.members.insert("requestBody".to_owned(), body);
        self.register.push(|schemas| drop(schemas.requests.subschema_for::<T>()));
        self
    }

    /// The body is passed on.
    pub(super) fn any_body(mut self, description: &str) -> Self {
        let content = json!({ "*/*": { "schema": {} } });
        let body = json!({ "description": description, "required": true, "content": content });
        self.members.insert("requestBody".to_owned(), body);
        self
    }

    /// An answer with a body of this type.
    pub(super) fn gives<T: JsonSchema>(mut self, status: u16, description: &str) -> Self {
        let schema = reference("schemas", &T::schema_name());
        let content = json!({ "application/json": { "schema": schema } });
        let answer = json!({ "description": description, "content": content });
        self.answers.insert(status.to_string(), answer);
        self.register.push(|schemas| drop(schemas.answers.subschema_for::<T>()));
        self
    }

    /// A refusal that only this operation has.
    pub(super) fn refuses(mut self, status: u16, description: &str) -> Self {
        let schema = reference("schemas", "Problem");
        let content = json!({ "application/problem+json": { "schema": schema } });
        let answer = json!({ "description": description, "content": content });
        self.answers.insert(status.to_string(), answer);
        self
    }

    /// An answer from `words.json`.
    pub(super) fn answer(mut self, status: u16, name: &str) -> Self {
        self.answers.insert(status.to_string(), reference("responses", name));
        self
    }

    /// Adds the refusals of rate limits, which every route has except those about the edge itself.
    pub(super) fn within_limits(self) -> Self {
        if self.auth == Auth::Nobody { self } else { self.answer(429, "RateLimited") }
    }

    pub(super) fn register(&self, schemas: &mut Schemas) {
        for register in &self.register {
            register(schemas);
        }
    }

    pub(super) fn into_value(self, shaped: &Shaped) -> Value {
        let mut members = self.members;
        let sessions = [json!({ "bearer": [] }), json!({ "cloudflareAccess": [] })]
            .into_iter()
            .chain([json!({ "sessionCookie": [] })]);
        let security: Vec<Value> = match self.auth {
            Auth::Nobody => Vec::new(),
            Auth::Session => sessions.collect(),
            Auth::Anybody => [json!({})].into_iter().chain(sessions).collect(),
            Auth::Operator => vec![json!({ "operator": [] })],
            Auth::Scanner => vec![json!({ "scanner": [] })],
            Auth::Store => vec![json!({ "store": [] }), json!({ "storePassword": [] })],
        };
        members.insert("security".to_owned(), json!(security));
        let mut parameters = self.at;
        parameters.extend(self.query.iter().flat_map(|name| shaped.query(name)));
        if !parameters.is_empty() {
            members.insert("parameters".to_owned(), json!(parameters));
        }
        let mut answers = self.answers;
        answers.sort_keys();
        members.insert("responses".to_owned(), Value::Object(answers));
        Value::Object(members)
    }
}
