// Its test runs as one of this file.
import "../../examples/quickstart/retried.test.ts"
