//! Files as lines: what is read comes back byte by byte.

use super::*;

#[test]
fn any_bytes_come_back_as_they_were() {
    let cases: &[&[u8]] = &[
        b"",
        b"a",
        b"a\n",
        b"\n\n",
        b"a\r\nb\nc\r\n",
        b"a\r\nb",
        b"\xef\xbb\xbfa\n",
        b"caf\xe9\nna\xefve\r\n",
        b"old\rmac\r",
        b"a\rb\nc\r\n",
        "\u{10FFE9} \u{10FF80}\n".as_bytes(),
        b"\xff\xfe\x00a\x00\n",
        &[0xF4, 0x8F, 0xBF, 0xBF, 0xF4, 0x8F],
    ];
    for case in cases {
        assert_eq!(Text::read(case).bytes().unwrap(), *case, "{case:?}");
        let mut text = Text::read(case);
        // Written line by line, and not as a whole.
        text.origin = None;
        if let Kind::Text(_) = text.kind {
            assert_eq!(
                text.bytes().ok().as_deref().unwrap_or(case),
                *case,
                "{case:?}"
            );
        }
    }
}

#[test]
fn a_line_without_a_break_would_end_as_the_one_before_it() {
    let text = Text::read(b"a\r\nb");
    assert!(!text.ends);
    assert_eq!(text.lines[1].eol, Eol::CrLf);
}
