import { App, Stack } from "aws-cdk-lib"
import { Dynactor } from "dynactor/cdk"

const stack = new Stack(new App(), "Trips")
new Dynactor(stack, "Workflows", { entry: "src/workflows.ts" })
