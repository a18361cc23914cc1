use edge_signer::encoding::parse_query;
use edge_signer::s3::{Kind, PARAMETERS};
use serde_json::{Map, Value, json};

use super::answers::code;
use super::edge::{config, member_gets, posts, send};
use super::parts::lines;

/// A POST of a body to a path, which the first line is: `/v1/forms` and below it JSON.
pub fn json(data: &[u8]) {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (path, body) = (String::from_utf8_lossy(&data[..at]), data.get(at + 1..).unwrap_or(&[]));
    send(config(), &posts(&path), body, None);
}

/// A GET of a path and a query, a line each. What `/v1/presign` says to a query it says to the same fields in JSON.
pub fn query(data: &[u8]) {
    let [path, query] = lines(data);
    let by_query = send(config(), &member_gets(&path, &query), b"", None);
    if path != "/v1/presign" {
        return;
    }
    if let Some(fields) = as_json(&query) {
        let by_json = send(config(), &posts(&path), fields.to_string().as_bytes(), None);
        assert_eq!(code(&by_query), code(&by_json), "{query} is not as {fields}");
    }
}

/// The fields that are objects, besides those of parameters.
const OBJECTS: [&str; 4] = ["copy_source", "metadata", "tags", "headers"];

/// Of more, a body is malformed and a query is not.
const MOST_FIELDS: usize = 100;

/// The fields of a query as a JSON body has them; `None` where JSON has no way to say the same.
fn as_json(query: &str) -> Option<Value> {
    let pairs = parse_query(query).ok().filter(|pairs| pairs.len() <= MOST_FIELDS)?;
    let mut fields = Map::new();
    for (name, value) in pairs {
        let value = typed(&name, value)?;
        let nested = name.split_once('.').filter(|(object, _)| is_object(object));
        let (members, name) = match nested {
            Some((object, name)) => {
                (fields.entry(object).or_insert_with(|| json!({})).as_object_mut()?, name)
            }
            None if name.contains('.') || is_object(&name) => return None,
            None => (&mut fields, name.as_str()),
        };
        if members.insert(name.to_owned(), value).is_some() {
            return None;
        }
    }
    Some(Value::Object(fields))
}

fn is_object(name: &str) -> bool {
    let of_parameters = PARAMETERS.iter().filter_map(|parameter| parameter.field.split_once('.'));
    OBJECTS.into_iter().chain(of_parameters.map(|(object, _)| object)).any(|known| known == name)
}

/// A value of the type that its field has. A number has one way to be written in JSON.
fn typed(name: &str, value: String) -> Option<Value> {
    let kind = match name {
        "expires_in" => Kind::Integer(0, u64::MAX),
        "cacheable" => Kind::Flag(""),
        _ => PARAMETERS
            .iter()
            .find(|parameter| parameter.field == name)
            .map_or(Kind::Text, |p| p.kind),
    };
    match kind {
        Kind::Integer(..) => match value.parse::<u64>() {
            Ok(number) if number.to_string() == value => Some(Value::from(number)),
            Ok(_) => None,
            Err(_) => Some(Value::from(value)),
        },
        Kind::Flag(_) => {
            Some(value.parse::<bool>().map_or_else(|_| Value::from(value), Value::from))
        }
        _ => Some(Value::from(value)),
    }
}
