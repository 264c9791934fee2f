//! WebAssembly without the sections that only debuggers and tools read: the names of functions, above all.
//!
//! This is most of what wasm-opt brings a page that travels compressed, and it works where wasm-opt is missing.

/// The module without its custom sections; nothing if it is no module that can be read.
pub(crate) fn stripped(module: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = module.split_at_checked(8)?;
    if !header.starts_with(b"\0asm") {
        return None;
    }
    let mut small = header.to_vec();
    while let Some(id) = rest.first() {
        let (length, width) = number(&rest[1..])?;
        let (section, after) = rest.split_at_checked(1 + width + length)?;
        // A custom section has the number 0.
        if *id != 0 {
            small.extend_from_slice(section);
        }
        rest = after;
    }
    Some(small)
}

/// A number in LEB128, and how many bytes it takes.
fn number(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::stripped;

    const HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";

    fn module(sections: &[&[u8]]) -> Vec<u8> {
        [&HEADER, sections.concat().as_slice()].concat()
    }

    #[test]
    fn custom_sections_go_and_all_others_stay() {
        let long = [&[0, 0x85, 0x01][..], &[7; 0x85]].concat();
        let before = module(&[&[0, 2, 1, b'x'], &[1, 1, 0], &long, &[10, 2, 0, 11], &[0, 0]]);
        assert_eq!(stripped(&before), Some(module(&[&[1, 1, 0], &[10, 2, 0, 11]])));
        assert_eq!(stripped(&HEADER), Some(HEADER.to_vec()));
    }

    #[test]
    fn what_is_no_module_is_left_alone() {
        let endless = [1, 0x80, 0x80, 0x80, 0x80, 0x80, 0];
        for bytes in [
            &[][..],
            b"\0asm",
            b"<!doctype html>",
            &module(&[&[1, 9, 0]]),
            &module(&[&[1]]),
            &module(&[&endless]),
        ] {
            assert_eq!(stripped(bytes), None, "{bytes:?}");
        }
    }
}
