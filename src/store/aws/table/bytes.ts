/** Append-only bytes: what a compact item is written with. Integers are varints, so that small ones are one byte. */
export class ByteWriter {
  private buffer = Buffer.allocUnsafe(256)
  private length = 0

  byte(value: number): void {
    this.reserve(1)
    this.buffer[this.length++] = value
  }

  /** 0 to 2^53 - 1: seven bits a byte, the lowest first. */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no varint`)
    let rest = value
    // Division rather than shifts: bit operators stop at 32 bits.
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.byte(rest)
  }

  /** An integer that is usually positive and may be negative. */
  signed(value: number): void {
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER / 2) throw new RangeError(`${value} is too large`)
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1)
  }

  /** 0 to 2^53 - 1 in seven bytes: shorter than its varint when all the bits are in use. */
  fixed53(value: number): void {
    this.reserve(7)
    this.buffer.writeUIntBE(Math.floor(value / 2 ** 32), this.length, 3)
    this.buffer.writeUInt32BE(value % 2 ** 32, this.length + 3)
    this.length += 7
  }

  text(value: string): void {
    const bytes = Buffer.byteLength(value)
    this.varint(bytes)
    this.reserve(bytes)
    this.buffer.write(value, this.length, "utf8")
    this.length += bytes
  }

  finish(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.buffer, 0, this.length)
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes))
    this.buffer.copy(larger, 0, 0, this.length)
    this.buffer = larger
  }
}

/** Reads what {@link ByteWriter} wrote, in the same order. Throws a RangeError past the end. */
export class ByteReader {
  private readonly buffer: Buffer
  private offset = 0

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  byte(): number {
    return this.buffer.readUInt8(this.offset++)
  }

  varint(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 0x80
    }
  }

  signed(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  fixed53(): number {
    const value = this.buffer.readUIntBE(this.offset, 3) * 2 ** 32 + this.buffer.readUInt32BE(this.offset + 3)
    this.offset += 7
    return value
  }

  text(): string {
    const bytes = this.varint()
    if (this.offset + bytes > this.buffer.length) throw new RangeError("text beyond the end")
    const value = this.buffer.toString("utf8", this.offset, this.offset + bytes)
    this.offset += bytes
    return value
  }
}
