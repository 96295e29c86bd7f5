//! Signatures as Standard Webhooks has them: HMAC-SHA256 over `id.timestamp.body`, the key as `whsec_` and base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// A key to sign with.
pub(super) struct Key(Vec<u8>);

impl Key {
    /// Reads a secret. The error says what is wrong with it, and nothing of it.
    pub fn read(secret: &str) -> Result<Self, String> {
        let wrong = "its secret is none: it is `whsec_` and 24 to 64 random bytes in base64, such as \
                     `echo whsec_$(openssl rand -base64 32)` prints";
        let encoded = secret.trim().strip_prefix(PREFIX).ok_or(wrong)?;
        match STANDARD.decode(encoded) {
            Ok(bytes) if (24..=64).contains(&bytes.len()) => Ok(Self(bytes)),
            _ => Err(wrong.to_owned()),
        }
    }

    /// The value of the header `webhook-signature`.
    pub fn sign(&self, id: &str, timestamp: &str, body: &str) -> Result<String, String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|error| error.to_string())?;
        for part in [id, ".", timestamp, ".", body] {
            mac.update(part.as_bytes());
        }
        Ok(format!(
            "v1,{}",
            STANDARD.encode(mac.finalize().into_bytes())
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the specification's own libraries are tested with.
    #[test]
    fn the_known_example_is_signed_as_it_must_be() {
        let key = Key::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = key.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signed.as_deref(),
            Ok("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        );
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_told() {
        for bad in [
            "",
            "hunter22hunter22hunter22hunter22",
            "whsec_",
            "whsec_!!!!",
            "whsec_c2hvcnQ=",
        ] {
            let why = Key::read(bad).err().unwrap();
            assert!(
                why.contains("whsec_") && !why.contains("hunter") && !why.contains("c2hv"),
                "{why}"
            );
        }
    }
}
