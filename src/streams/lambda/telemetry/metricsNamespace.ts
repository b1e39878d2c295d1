/** In CloudWatch: for whoever writes metrics, and whoever watches them. */
export const metricsNamespace = "Dynactor"
