use super::pattern::widens;
use crate::session::Claims;

/// The edge's template for keys of uploads: `{claim}` is the value of the session's claim, `{id}` is random,
/// `{filename}` is the file's own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTemplate(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Claim(String),
    Id,
    FileName,
}

impl Default for KeyTemplate {
    fn default() -> Self {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        let subject = Piece::Claim("sub".to_owned());
        Self(vec![
            literal("users/"),
            subject,
            literal("/"),
            Piece::Id,
            literal("-"),
            Piece::FileName,
        ])
    }
}

impl KeyTemplate {
    /// Reads a template. Without `{id}` two uploads could have one key.
    pub fn parse(template: &str) -> Result<Self, &'static str> {
        let mut pieces = Vec::new();
        let mut rest = template;
        while !rest.is_empty() {
            let (literal, after) = rest.split_once('{').unwrap_or((rest, ""));
            if literal.contains('}') {
                return Err("has a } without its {");
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_owned()));
            }
            if literal.len() == rest.len() {
                break;
            }
            let (name, after) = after.split_once('}').ok_or("has a { without a closing }")?;
            pieces.push(match name {
                "" => return Err("has {} without a name in it"),
                "id" => Piece::Id,
                "filename" => Piece::FileName,
                "name" => return Err("has {name}, which is {filename} here"),
                claim => Piece::Claim(claim.to_owned()),
            });
            rest = after;
        }
        if pieces.contains(&Piece::Id) { Ok(Self(pieces)) } else { Err("has to have {id} in it") }
    }

    /// The key of a file; `None` if a claim isn't one text that stays inside its segment.
    pub fn fill(&self, claims: &Claims, id: &str, file_name: &str) -> Option<String> {
        let mut key = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => key.push_str(text),
                Piece::Claim(name) => match claims.whole_texts(name).as_deref() {
                    Some([text]) if !widens(text) => key.push_str(text),
                    _ => return None,
                },
                Piece::Id => key.push_str(id),
                Piece::FileName => key.push_str(file_name),
            }
        }
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates_are_filled_and_claims_stay_inside() {
        let claims = |sub: serde_json::Value| {
            Claims::new(json!({ "sub": sub }).as_object().unwrap().clone())
        };
        let template = KeyTemplate::parse("up/{sub}/{id}-{filename}").unwrap();
        let filled = template.fill(&claims(json!("alice")), "7f", "a b{sub}.png");
        assert_eq!(filled.as_deref(), Some("up/alice/7f-a b{sub}.png"));
        let unfit = [
            json!("a/b"),
            json!(".."),
            json!(""),
            json!(["a", "b"]),
            json!(["a", {}]),
            json!(null),
            json!({}),
        ];
        for sub in unfit {
            assert_eq!(template.fill(&claims(sub.clone()), "7f", "x"), None, "{sub}");
        }
        assert_eq!(KeyTemplate::parse("users/{sub}/{id}-{filename}"), Ok(KeyTemplate::default()));
        for wrong in ["", "a", "{sub}/{filename}", "{id", "id}", "{}{id}"] {
            assert!(KeyTemplate::parse(wrong).is_err(), "{wrong}");
        }
    }
}
