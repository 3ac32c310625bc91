// A wasm module with less memory: what exhausts it traps, in the very code that ships.

/** The module with at most `extra` pages (64 KiB each) above those that it begins with. */
export function limitMemory(module, extra) {
  for (let offset = 8; offset < module.length;) {
    const id = module[offset];
    const size = number(module, offset + 1);
    const end = size.next + size.value;
    if (id === 5) {
      const flags = number(module, size.next + 1);
      const initial = number(module, flags.next);
      const section = [1, 1, ...encoded(initial.value), ...encoded(initial.value + extra)];
      return Buffer.concat([module.subarray(0, offset), Buffer.from([5, ...encoded(section.length), ...section]), module.subarray(end)]);
    }
    offset = end;
  }
  throw new Error('the module has no memory');
}

/** An unsigned LEB128 number. */
function number(bytes, start) {
  let value = 0;
  for (let next = start; ; next += 1) {
    value += (bytes[next] & 0x7f) * 2 ** (7 * (next - start));
    if (bytes[next] < 0x80) return { value, next: next + 1 };
  }
}

function encoded(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}
