//! A test that somebody is writing, to try `hob complete` on: it is not part of the program.

use crate::HOB;
use hob_tests::hob::Hob;

#[test]
fn a_request_by_hand_is_answered() {
    let hob = Hob::start(HOB, PLACE);
    let (uri, offset) =
    let id = hob.ask_inline(&uri, offset,
}
