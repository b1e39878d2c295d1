import type { Reply, Request, WireService } from "./service.ts"
import { serviceError, unknownToWire } from "./serviceError.ts"
import type { Surroundings } from "./surroundings.ts"
import type { Weather } from "./weather.ts"

interface Schedule {
  readonly at: number
  readonly input: string
}

const putItem = "arn:aws:scheduler:::aws-sdk:dynamodb:putItem"

/** Source: API Reference, "CreateSchedule". */
const names = /^[0-9a-zA-Z\-_.]{1,64}$/
const once = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/

/** EventBridge Scheduler: one-time schedules that put an item, at some moment of the minute that they name. */
export class WireScheduler implements WireService {
  readonly name = "Scheduler"
  private readonly schedules = new Map<string, Schedule>()
  private readonly groups = new Set(["default"])
  private readonly world: Surroundings
  private readonly weather: () => Weather
  private readonly table: WireService
  late = 0

  constructor(world: Surroundings, weather: () => Weather, table: WireService) {
    this.world = world
    this.weather = weather
    this.table = table
  }

  names(): ReadonlyArray<string> {
    return [...this.schedules.keys()]
  }

  createGroup(name: string): void {
    this.groups.add(name)
  }

  request({ operation, input }: Request, reply: Reply): void {
    switch (operation) {
      case "CreateSchedule":
        this.create(input)
        return reply.done({ ScheduleArn: `arn:aws:scheduler:eu-west-1:000000000000:schedule/${idOf(input)}` })
      case "DeleteSchedule":
        if (!this.schedules.delete(idOf(input)))
          throw serviceError("ResourceNotFoundException", `Schedule ${input.Name} does not exist.`, 404)
        return reply.done({})
      default:
        throw unknownToWire(`${operation} of Scheduler`)
    }
  }

  private create(input: any): void {
    const refused = (message: string) => serviceError("ValidationException", message)
    const weather = this.weather()
    // Source: User Guide, "Quotas for Amazon EventBridge Scheduler": requests a second, and schedules of an account.
    if (weather.isThrottled("CreateSchedule")) throw serviceError("ThrottlingException", "Rate exceeded", 429)
    if (weather.isFull())
      throw serviceError("ServiceQuotaExceededException", "The maximum number of schedules was reached", 402)
    const target = JSON.parse(input.Target?.Input ?? "{}")
    if (weather.refusesTimer(target.Item?.pk?.S ?? "")) throw refused("simulated: Target is refused")
    if (!names.test(input.Name ?? "")) throw refused("Value at 'name' failed to satisfy constraint")
    if (!this.groups.has(input.GroupName ?? "default"))
      throw serviceError("ResourceNotFoundException", `Schedule group ${input.GroupName} does not exist.`, 404)
    const time = once.exec(input.ScheduleExpression ?? "")?.[1]
    if (time === undefined) throw refused(`Invalid Schedule Expression ${input.ScheduleExpression}.`)
    if (input.ScheduleExpressionTimezone !== undefined && input.ScheduleExpressionTimezone !== "UTC")
      throw unknownToWire("time zones of schedules")
    const at = Date.parse(`${time}Z`)
    // Source: User Guide, "Schedule types": the time is to be in the future; there is no date beyond the year 9999.
    if (!(at > this.world.now))
      throw refused(`Invalid Schedule Expression ${input.ScheduleExpression}. The time is in the past.`)
    if (input.FlexibleTimeWindow?.Mode !== "OFF") throw unknownToWire("flexible windows of schedules")
    if (input.Target?.Arn !== putItem) throw unknownToWire(`the target ${input.Target?.Arn} of a schedule`)
    if (!/^arn:[\w-]+:iam::\d{12}:role\/.+/.test(input.Target.RoleArn ?? ""))
      throw refused("Value at 'target.roleArn' failed to satisfy constraint")
    const id = idOf(input)
    if (this.schedules.has(id)) throw serviceError("ConflictException", `Schedule ${input.Name} already exists.`, 409)
    const schedule = { at, input: input.Target.Input }
    this.schedules.set(id, schedule)
    this.fireLater(id, schedule)
  }

  /** Sources: User Guide, "What is EventBridge Scheduler" (60-second precision, at least once), "Schedule types" (`ActionAfterCompletion`). */
  private fireLater(id: string, schedule: Schedule): void {
    const { world } = this
    const weather = this.weather()
    const { lateMs, isTwice, isLost } = weather.fires()
    if (isLost) return
    if (lateMs > 0) this.late++
    const minute = Math.floor(schedule.at / 60_000) * 60_000
    const delayMs = Math.max(0, minute + weather.momentOfMinuteMs() - world.now) + lateMs
    const fire = () => {
      if (this.schedules.get(id) === schedule) this.fire(schedule, () => this.schedules.delete(id))
    }
    if (isTwice) world.later(delayMs, () => this.schedules.get(id) === schedule && this.fire(schedule, () => undefined))
    world.later(delayMs + (isTwice ? world.draw.below(5_000) : 0), fire)
  }

  /** What fails is tried again. A condition that does not hold is a failure too, and would not come to hold. */
  private fire(schedule: Schedule, done: () => void): void {
    const input = JSON.parse(
      schedule.input.replaceAll("<aws.scheduler.scheduled-time>", new Date(schedule.at).toISOString())
    )
    const failed = (error: Error) => {
      if (error.name === "ConditionalCheckFailedException") return done()
      this.world.later(1_000, () => this.fire(schedule, done))
    }
    if (this.weather().isAway("DynamoDB")) return failed(serviceError("ServiceUnavailable", "away", 503))
    try {
      this.table.request({ operation: "PutItem", input, by: "scheduler" }, { done, failed })
    } catch (error) {
      failed(error as Error)
    }
  }
}

const idOf = ({ GroupName = "default", Name }: any): string => `${GroupName}/${Name}`
