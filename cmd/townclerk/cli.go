package main

// Globals are the flags of every command.
type Globals struct {
	Config string `short:"c" type:"path" help:"Configuration file. Without one: townclerk.yaml here, if it is there, else the defaults." env:"TOWNCLERK_CONFIG"`
	Store  string `type:"path" help:"Folder of the database; overrides the configuration." env:"TOWNCLERK_STORE"`
}

// cli is the command line, one field for each command.
type cli struct {
	Globals

	Demo     demoCmd     `cmd:"" help:"Serve a sample city, Riverton: its site, the chat, nothing to set up."`
	Init     initCmd     `cmd:"" help:"Write a commented townclerk.yaml to start from."`
	Check    configCmd   `cmd:"" name:"config" help:"Look at the configuration."`
	Ingest   ingestCmd   `cmd:"" help:"Read the agency's pages: only what changed is done again."`
	Serve    serveCmd    `cmd:"" help:"Serve the chat page, the widget and the API."`
	Health   healthCmd   `cmd:"" help:"Ask a running server whether it is ready."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database's schema up to date, as every start of the server does."`
	Move     moveCmd     `cmd:"" help:"Move a whole installation to another engine: pages, conversations, record."`
	Budget   budgetCmd   `cmd:"" help:"Say what the language model has cost, and how much of its budget is left."`
	Account  accountCmd  `cmd:"" help:"Invite those who answer inquiries in the inbox, and see who they are."`
	Audit    auditCmd    `cmd:"" help:"Check the record."`
	Receipt  receiptCmd  `cmd:"" help:"Check a receipt that a citizen has kept."`
	Ledger   ledgerCmd   `cmd:"" help:"Look after the record's key and checkpoints."`
	Ask      askCmd      `cmd:"" help:"Ask in the terminal: one question, or a conversation."`
	Search   searchCmd   `cmd:"" help:"Search the pages and see why each hit stands where it stands."`
	Route    routeCmd    `cmd:"" help:"Say which department inquiries are for."`
	Asked    askedCmd    `cmd:"" help:"Replies of staff that are offered as pages: approve, reject, withdraw them."`
	Gaps     gapsCmd     `cmd:"" help:"Group the questions that were not answered, to see what to write next."`
	Devmodel devmodelCmd `cmd:"" help:"Serve a scripted language model, honest or of many bad manners, to try the model section with."`
	Devslack devslackCmd `cmd:"" help:"Serve a scripted Slack with a page to click and type in, to try the hand-over without a workspace."`
	Slack    slackCmd    `cmd:"" help:"Set up Slack."`
	Eval     evalCmd     `cmd:"" help:"Measure."`
}
