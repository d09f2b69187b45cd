//! Percent-encoding of keys in URLs.

/// Everything but unreserved characters and `/`.
#[must_use]
pub fn encode(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_keys_survive_a_url() {
        assert_eq!(encode("a/b-c_d.e~f"), "a/b-c_d.e~f");
        assert_eq!(encode("a b+c%d&e?f#g"), "a%20b%2Bc%25d%26e%3Ff%23g");
        assert_eq!(encode("é\n"), "%C3%A9%0A");
    }
}
