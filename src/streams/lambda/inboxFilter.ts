/**
 * Inbox rows of the tenant, by what their keys begin with: heads, order segments and whatever else is in the table ring for
 * nobody, and are not paid for. Of rows that go (their time has come) nobody needs to hear. As `runPartition` and `isInboxKey`
 * of the store have it: a test compares them.
 */
export const inboxFilter = (tenant: string) => ({
  eventName: ["INSERT", "MODIFY"],
  dynamodb: {
    Keys: {
      pk: { S: [{ prefix: `${tenant}/` }] },
      sk: {
        S: [
          "start",
          "cancel",
          "terminate",
          { prefix: "step/" },
          { prefix: "timer/" },
          { prefix: "child/" },
          { prefix: "callback/" },
          { prefix: "signal/" },
          { prefix: "await/" },
          { prefix: "update/" },
          { prefix: "restart/" },
          { prefix: "pause/" },
          { prefix: "resume/" },
          { prefix: "repair/" }
        ]
      }
    }
  }
})
