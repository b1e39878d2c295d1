import { createHash } from "node:crypto"
import { compareText } from "./dynamodb/values.ts"
import type { Reply, Request, WireService } from "./service.ts"
import { serviceError, unknownToWire } from "./serviceError.ts"
import type { Weather } from "./weather.ts"

/** Buckets of objects. */
export class WireS3 implements WireService {
  readonly name = "S3"
  private readonly buckets = new Map<string, Map<string, string>>()
  private readonly weather: () => Weather
  /** Whoever may not list is not told that an object is missing. */
  mayList = true
  onPut: (key: string, text: string) => void = () => undefined
  onDeleted: (key: string) => void = () => undefined

  constructor(weather: () => Weather) {
    this.weather = weather
  }

  create(name: string): void {
    if (!this.buckets.has(name)) this.buckets.set(name, new Map())
  }

  request({ operation, input, by }: Request, reply: Reply): void {
    const isOfObject = operation === "PutObject" || operation === "GetObject"
    const refusal = isOfObject ? this.weather().objectRefusal(input.Key, by) : undefined
    if (refusal !== undefined) throw refusal
    switch (operation) {
      case "CreateBucket":
        if (this.buckets.has(input.Bucket)) throw serviceError("BucketAlreadyOwnedByYou", "You already own it.", 409)
        this.create(input.Bucket)
        return reply.done({})
      case "PutObject":
        return reply.done(this.put(input))
      case "GetObject":
        return reply.done(this.get(input))
      case "ListObjectsV2":
        return reply.done(this.list(input))
      case "DeleteObject":
        return reply.done(this.remove(input))
      default:
        throw unknownToWire(`${operation} of S3`)
    }
  }

  private bucket(name: string): Map<string, string> {
    const bucket = this.buckets.get(name)
    if (bucket === undefined) throw serviceError("NoSuchBucket", "The specified bucket does not exist", 404)
    return bucket
  }

  /** Sources: User Guide, "Checking object integrity" (a wrong checksum is refused), "Creating object key names" (1,024 bytes). */
  private put({ Bucket, Key, Body, ChecksumSHA256 }: any): object {
    const text = typeof Body === "string" ? Body : Buffer.from(Body).toString("utf8")
    if (Buffer.byteLength(Key) > 1_024) throw serviceError("KeyTooLongError", "Your key is too long")
    if (ChecksumSHA256 !== undefined && createHash("sha256").update(text).digest("base64") !== ChecksumSHA256)
      throw serviceError("BadDigest", "The SHA256 you specified did not match the calculated checksum.")
    this.bucket(Bucket).set(Key, text)
    this.onPut(Key, text)
    return {}
  }

  /** Source: API Reference, "ListObjectsV2": in the order of their keys, up to a thousand, and a token for those behind. */
  private list({ Bucket, ContinuationToken = "", Prefix = "" }: any): object {
    const all = this.keys(Bucket).filter((key) => key.startsWith(Prefix) && key > ContinuationToken)
    const page = all.slice(0, this.weather().objectsListed())
    const isTruncated = page.length < all.length
    return {
      Contents: page.map((Key) => ({ Key })),
      KeyCount: page.length,
      IsTruncated: isTruncated,
      ...(isTruncated ? { NextContinuationToken: page.at(-1) } : {})
    }
  }

  /** In the order in which they are listed. */
  keys(bucket: string): ReadonlyArray<string> {
    return [...this.bucket(bucket).keys()].sort(compareText)
  }

  /** Source: API Reference, "DeleteObject": of one that is not there as well. */
  private remove({ Bucket, Key }: any): object {
    if (this.bucket(Bucket).delete(Key)) this.onDeleted(Key)
    return {}
  }

  /** Source: API Reference, "GetObject": without s3:ListBucket a missing object is a 403. */
  private get({ Bucket, Key }: any): object {
    const text = this.bucket(Bucket).get(Key)
    const as = this.weather().object()
    if (text === undefined || as === "missing") {
      if (!this.mayList) throw serviceError("AccessDenied", "Access Denied", 403)
      throw serviceError("NoSuchKey", "The specified key does not exist.", 404)
    }
    const told = as === "altered" ? text.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10)) : text
    return { Body: { transformToString: async () => told } }
  }
}
