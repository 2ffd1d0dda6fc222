//! Reading requests, with every refusal in the envelope and the field named.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header;
use axum::http::request::Parts;
use likeness_api::error::ErrorCode;
use likeness_app::Caller;
use likeness_domain::id::MalformedId;
use likeness_domain::page::{Cursor, Ownership, PageRequest};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ApiError;
use crate::state::ServerState;

/// The caller that authentication found.
pub(crate) struct Authenticated(pub Caller);

impl<S: Sync> FromRequestParts<S> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller
            .map(Self)
            .ok_or_else(|| ApiError::new(ErrorCode::AuthenticationFailed))
    }
}

/// The one parameter of a path, not parsed yet.
pub(crate) struct PathParam(String);

impl<S: Send + Sync> FromRequestParts<S> for PathParam {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Path::<String>::from_request_parts(parts, state)
            .await
            .map(|Path(text)| Self(text))
            .map_err(|rejection| ApiError::invalid("path", format!("{}.", rejection.body_text())))
    }
}

impl PathParam {
    /// The id called `name` in the contract.
    pub(crate) fn id<T>(&self, name: &str) -> Result<T, ApiError>
    where
        T: std::str::FromStr<Err = MalformedId>,
    {
        parse_id(&self.0, name)
    }
}

/// Parses an id that stands in the field `param`.
pub(crate) fn parse_id<T>(text: &str, param: &str) -> Result<T, ApiError>
where
    T: std::str::FromStr<Err = MalformedId>,
{
    text.parse()
        .map_err(|e: MalformedId| ApiError::invalid(param, format!("Not an id: {e}.")))
}

/// The query's parameters; unknown ones are left alone, as proxies add their own.
pub(crate) struct Query(HashMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Query::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::invalid("query", format!("{}.", rejection.body_text())))
            .and_then(
                |query| match query.iter().find(|(_, text)| text.contains('\0')) {
                    Some((name, _)) => Err(nul(name)),
                    None => Ok(Self(query.0)),
                },
            )
    }
}

impl Query {
    /// A parameter, if it is given and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }

    /// A parameter that must not be empty where it is given.
    pub(crate) fn filled(&self, name: &str) -> Result<Option<&str>, ApiError> {
        match self.0.get(name).map(String::as_str) {
            Some("") => Err(ApiError::invalid(
                name,
                format!("'{name}' must not be empty."),
            )),
            given => Ok(given),
        }
    }

    /// The parts of a comma-separated parameter.
    pub(crate) fn listed(&self, name: &str) -> Vec<&str> {
        let parts = self.text(name).unwrap_or("").split(',').map(str::trim);
        parts.filter(|part| !part.is_empty()).collect()
    }

    /// A parameter that is one of some words.
    pub(crate) fn choice<T: Copy>(
        &self,
        name: &str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, ApiError> {
        let Some(given) = self.0.get(name) else {
            return Ok(None);
        };
        let found = choices.iter().find(|(word, _)| word == given);
        found.map(|(_, value)| Some(*value)).ok_or_else(|| {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            ApiError::invalid(
                name,
                format!("{name} must be one of: {}.", words.join(", ")),
            )
        })
    }

    pub(crate) fn ownership(&self) -> Result<Ownership, ApiError> {
        let choices = [
            ("public", Ownership::Public),
            ("private", Ownership::Private),
        ];
        Ok(self
            .choice("ownership", &choices)?
            .unwrap_or(Ownership::Both))
    }

    /// `limit`, within its range; an empty one is no number.
    fn limit(&self, limits: RangeInclusive<u32>, default: u32) -> Result<u32, ApiError> {
        let Some(text) = self.0.get("limit") else {
            return Ok(default);
        };
        let limit = text.parse().ok().filter(|limit| limits.contains(limit));
        limit.ok_or_else(|| {
            let (least, most) = (limits.start(), limits.end());
            let message = format!("limit must be a whole number from {least} to {most}.");
            ApiError::invalid("limit", message)
        })
    }

    /// `limit` and `token` of the list called `list`.
    pub(crate) fn page(
        &self,
        state: &ServerState,
        caller: &Caller,
        list: &str,
        limits: RangeInclusive<u32>,
        default: u32,
    ) -> Result<PageRequest, ApiError> {
        let limit = self.limit(limits, default)?;
        let after: Option<Cursor> = self
            .text("token")
            .map(|token| state.tokens.open(&caller.workspace_id, list, token))
            .transpose()?;
        Ok(PageRequest { limit, after })
    }
}

/// A JSON body, not yet of a type.
pub(crate) struct JsonBody(Value);

impl FromRequest<ServerState> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ServerState) -> Result<Self, ApiError> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        let is_json = kind.to_ascii_lowercase().starts_with("application/json");
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                if rejection.status() == 413 {
                    ApiError::new(ErrorCode::PayloadTooLarge)
                } else {
                    ApiError::invalid("body", format!("{}.", rejection.body_text()))
                }
            })?;
        // An absent body changes nothing, or lacks whatever the operation demands.
        if bytes.is_empty() {
            return Ok(Self(Value::Object(serde_json::Map::new())));
        }
        if !is_json {
            return Err(ApiError::saying(
                ErrorCode::UnsupportedMediaType,
                "The body must be JSON, with Content-Type: application/json.",
            ));
        }
        let body: Value = serde_json::from_slice(&bytes).map_err(|error| {
            ApiError::invalid("body", format!("The body is not JSON: {error}."))
        })?;
        match with_nul(&body, String::new()) {
            Some(param) => Err(nul(&param)),
            None => Ok(Self(body)),
        }
    }
}

/// Not every database can keep the character U+0000, and no text has a use for it.
fn nul(param: &str) -> ApiError {
    ApiError::invalid(param, "Text must not have the character U+0000.")
}

/// Path of the first text in `value` that has a U+0000.
fn with_nul(value: &Value, path: String) -> Option<String> {
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    match value {
        Value::String(text) => text.contains('\0').then_some(path),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| with_nul(item, format!("{path}[{index}]"))),
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            if name.contains('\0') {
                Some(below("?"))
            } else {
                with_nul(field, below(name))
            }
        }),
        _ => None,
    }
}

impl From<Value> for JsonBody {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl JsonBody {
    /// The body as the one type that the operation takes.
    pub(crate) fn typed<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        if self.0.is_object() {
            typed(self.0)
        } else {
            Err(ApiError::invalid("body", "The body must be a JSON object."))
        }
    }

    /// The variant that `type` names: one of `known`, which this server does, or of `planned`, which it does not yet.
    pub(crate) fn variant(
        self,
        known: &[&'static str],
        planned: &[&str],
    ) -> Result<(&'static str, Value), ApiError> {
        let Value::Object(mut fields) = self.0 else {
            return Err(ApiError::invalid("body", "The body must be a JSON object."));
        };
        let words = || {
            known
                .iter()
                .chain(planned)
                .copied()
                .collect::<Vec<_>>()
                .join(", ")
        };
        let kind = match fields.remove("type") {
            Some(Value::String(kind)) => kind,
            Some(_) => return Err(ApiError::invalid("type", "type must be a string.")),
            None => {
                let message = format!("type is missing; it is one of: {}.", words());
                return Err(ApiError::invalid("type", message));
            }
        };
        match known.iter().find(|known| **known == kind) {
            Some(known) => Ok((known, Value::Object(fields))),
            None if planned.contains(&kind.as_str()) => Err(ApiError::unsupported("type")),
            None => Err(ApiError::invalid(
                "type",
                format!("type must be one of: {}.", words()),
            )),
        }
    }
}

/// Reads a value into its type; a fault names the field by its path.
pub(crate) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let message = error.inner().to_string();
        let path = error.path().to_string();
        // serde names missing and unknown fields in its text only.
        let field = ["missing field `", "unknown field `"]
            .iter()
            .find_map(|start| message.strip_prefix(start)?.split('`').next());
        let param = match (path.as_str(), field) {
            ("." | "", Some(field)) => field.to_owned(),
            ("." | "", None) => "body".to_owned(),
            (path, Some(field)) if path.rsplit('.').next() == Some(field) => path.to_owned(),
            (path, Some(field)) => format!("{path}.{field}"),
            (path, None) => path.to_owned(),
        };
        ApiError::invalid(param, format!("{}.", capitalised(&message)))
    })
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use likeness_api::avatars::CreatePhotoAvatarRequest;
    use likeness_api::videos::CreateVideoFromAvatar;
    use serde_json::json;

    use super::*;

    fn param<T: DeserializeOwned + std::fmt::Debug>(value: Value) -> String {
        typed::<T>(value).unwrap_err().param.unwrap()
    }

    #[test]
    fn a_fault_names_its_field() {
        type Photo = CreatePhotoAvatarRequest;
        type Video = CreateVideoFromAvatar;
        let url = json!({"type": "url", "url": "https://x"});
        assert_eq!(param::<Photo>(json!({"file": url})), "name");
        assert_eq!(param::<Photo>(json!({"name": 5, "file": url})), "name");
        assert_eq!(
            param::<Photo>(json!({"name": "a", "file": url, "extra": 1})),
            "extra"
        );
        assert_eq!(
            param::<Photo>(json!({"name": "a", "file": {"type": "url"}})),
            "file.url"
        );
        assert_eq!(
            param::<Photo>(json!({"name": "a", "file": {"type": "ftp"}})),
            "file.type"
        );
        let fault = json!({"avatar_id": "a", "background": {"type": "color", "colour": "#fff"}});
        assert_eq!(param::<Video>(fault), "background.colour");
        let fault = json!({"avatar_id": "a", "voice_settings": {"speed": "fast"}});
        assert_eq!(param::<Video>(fault), "voice_settings.speed");
        assert_eq!(
            param::<Video>(json!({"avatar_id": "a", "resolution": "8k"})),
            "resolution"
        );
        // Fields that one known client sends are let through.
        let tolerated = json!({"avatar_id": "a", "test": false, "enable_caption": true});
        assert!(typed::<Video>(tolerated).is_ok());
    }
}
