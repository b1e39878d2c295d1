// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates have placeholders of their own
import { expect, it } from "vitest"
import { makeStack, type RawTemplate } from "./template.ts"

const template: RawTemplate = {
  Parameters: { Stage: { Default: "live" } },
  Mappings: { Sizes: { small: { memory: 128 } } },
  Conditions: {
    Here: { "Fn::Equals": [{ Ref: "AWS::Region" }, "us-east-1"] },
    There: { "Fn::Not": [{ Condition: "Here" }] },
    Both: { "Fn::And": [{ Condition: "Here" }, { Condition: "There" }] },
    Either: { "Fn::Or": [{ Condition: "Here" }, { Condition: "There" }] }
  },
  Resources: {
    Table: { Type: "AWS::DynamoDB::Table" },
    Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: { "Fn::Join": ["-", ["steps", { Ref: "Stage" }]] } } },
    Elsewhere: { Type: "AWS::SQS::Queue", Condition: "There" }
  }
}

const stack = makeStack(template, "Shop")

const cases: ReadonlyArray<readonly [what: string, value: unknown, result: unknown]> = [
  ["a pseudo parameter", { Ref: "AWS::AccountId" }, "000000000000"],
  ["a parameter's default", { Ref: "Stage" }, "live"],
  ["a table's name", { Ref: "Table" }, "Shop-Table"],
  ["a queue's URL", { Ref: "Queue" }, "https://sqs.us-east-1.amazonaws.com/000000000000/steps-live"],
  ["an attribute", { "Fn::GetAtt": ["Queue", "Arn"] }, "arn:aws:sqs:us-east-1:000000000000:steps-live"],
  [
    "an attribute, written short",
    { "Fn::GetAtt": "Table.Arn" },
    "arn:aws:dynamodb:us-east-1:000000000000:table/Shop-Table"
  ],
  ["Fn::Sub", { "Fn::Sub": "${Table}/${Queue.QueueName}/${!left}" }, "Shop-Table/steps-live/${left}"],
  ["Fn::Sub with variables", { "Fn::Sub": ["${a}-${AWS::Region}", { a: { Ref: "Stage" } }] }, "live-us-east-1"],
  ["Fn::Select of Fn::Split", { "Fn::Select": ["1", { "Fn::Split": ["/", "a/b/c"] }] }, "b"],
  ["Fn::If", { "Fn::If": ["Here", "yes", "no"] }, "yes"],
  ["Fn::And", { "Fn::If": ["Both", "yes", "no"] }, "no"],
  ["Fn::Or", { "Fn::If": ["Either", "yes", "no"] }, "yes"],
  ["Fn::FindInMap", { "Fn::FindInMap": ["Sizes", "small", "memory"] }, 128],
  ["a property that is not there", { a: 1, b: { Ref: "AWS::NoValue" }, c: [{ Ref: "AWS::NoValue" }] }, { a: 1, c: [] }],
  [
    "the condition of a policy's statement",
    { Effect: "Allow", Condition: { StringEquals: { a: { Ref: "Stage" } } } },
    { Effect: "Allow", Condition: { StringEquals: { a: "live" } } }
  ]
]

it.each(cases)("%s", (_, value, result) => {
  expect(stack.resolve(value)).toEqual(result)
})

it("makes no resource whose condition does not hold", () => {
  expect(stack.resources("AWS::SQS::Queue").map(({ logicalId }) => logicalId)).toEqual(["Queue"])
})

it.each([
  [{ "Fn::GetAtt": ["Table", "Colour"] }, /attribute Colour of Table/],
  [{ Ref: "Nothing" }, /no resource Nothing/],
  [{ "Fn::GetAZs": "" }, /function Fn::GetAZs/]
])("does not guess: %j", (value, message) => {
  expect(() => stack.resolve(value)).toThrow(message)
})
