// In a marked program each function says when it runs (`crates/split`, `cargo xtask later`).

const ran = (window.ran = new Set());

function provide(functions) {
  functions.mark = (number) => ran.add(number);
  return functions;
}

// What waits for the rest of the program does not count.
async function beforeStart() {
  document.documentElement.dataset.part = "first";
}
