// Package escalate is the state machine of tickets: what clerks, citizens and the
// system may do to an inquiry that people answer, and what state it is in then.
package escalate
