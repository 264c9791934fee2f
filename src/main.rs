//! The page's entry: a readable word should the program stop, then the chat.

fn main() {
    chinwag::edge::start();
}
