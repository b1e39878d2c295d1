import { join } from "node:path"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { awsContracts } from "../store/awsSuites.ts"
import { changeFeedContract } from "../store/changeFeedContract.ts"
import { commitsContract } from "../store/commitsContract.ts"
import { makeMovableTime } from "../store/movableTime.ts"
import { outputContract } from "../store/outputContract.ts"
import { payloadsContract } from "../store/payloadsContract.ts"
import { refusalsContract } from "../store/refusalsContract.ts"
import { repliesContract } from "../store/repliesContract.ts"
import { runTableContract } from "../store/runTableContract.ts"
import { stepMarksContract } from "../store/stepMarksContract.ts"
import { stepQueueContract } from "../store/stepQueueContract.ts"
import { timersContract } from "../store/timersContract.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { testCodec } from "./codecs.ts"

// Whoever stands on a port must not notice that it is sealed.

const folder = temporaryFolder("sealed")
const maxReceives = 3
let files = 0
const store = () => sqliteStore({ filename: join(folder, `${files++}.db`), maxReceives, codec: testCodec() })
const name = "SQLite, sealed"

runTableContract(name, store())
changeFeedContract(name, store(), { reopens: true, forgets: false })
commitsContract(name, store())
refusalsContract(name, store(), { refuses: false })
timersContract(name, store(), makeMovableTime())
stepQueueContract(name, store(), { maxReceives })
payloadsContract(name, store())
repliesContract(name, store())
outputContract(name, store())
stepMarksContract(name, store())

awsContracts(dynoxide, { codec: testCodec() })
