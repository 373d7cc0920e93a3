/** Of the connection managers that carry no traffic of users: a drain does not wait for them. */
export const statsPrefix = "eg-stats-http";
export const readyPrefix = "eg-ready-http";
