package scripted

// Behaviours of a model that writes, beside those that any request can meet.
// Manners says what each does. The first ones are about the stream, then come
// those about the form of the reply and those about what is written.
const (
	NoFinish     Behaviour = "no finish reason"
	NoMark       Behaviour = "no end mark"
	Length       Behaviour = "finish length"
	Filtered     Behaviour = "finish filter"
	CutStream    Behaviour = "cut stream"
	Reset        Behaviour = "reset"
	EndStream    Behaviour = "end stream"
	Stall        Behaviour = "stall"
	Endless      Behaviour = "endless"
	LongLine     Behaviour = "long line"
	ErrorChunk   Behaviour = "error chunk"
	BadChunk     Behaviour = "bad chunk"
	Noise        Behaviour = "noise"
	BadBytes     Behaviour = "bad bytes"
	OtherModel   Behaviour = "other model"
	SecondChoice Behaviour = "second choice"
	ToolCall     Behaviour = "tool call"
	RefusalField Behaviour = "refusal field"

	Silence    Behaviour = "silence"
	Blank      Behaviour = "blank"
	Declines   Behaviour = "declines"
	Refuses    Behaviour = "refusal"
	BrokenForm Behaviour = "broken form"
	BrokenJSON Behaviour = "broken JSON"
	Fenced     Behaviour = "fenced"
	Thinks     Behaviour = "thinks aloud"
	Unquoted   Behaviour = "no quote"
	Connects   Behaviour = "connective only"
	Repeats    Behaviour = "repeats"

	Reworded         Behaviour = "reworded"
	NumberWords      Behaviour = "number in words"
	WrongNumber      Behaviour = "wrong passage number"
	Misplaced        Behaviour = "quote of another passage"
	Invented         Behaviour = "invented quote"
	Spliced          Behaviour = "joined quotes"
	Altered          Behaviour = "altered number"
	WrongWords       Behaviour = "wrong number in words"
	AlteredDate      Behaviour = "altered date"
	SwappedUnit      Behaviour = "swapped unit"
	DroppedNot       Behaviour = "dropped not"
	DroppedCondition Behaviour = "dropped condition"
	TurnedMust       Behaviour = "turned must"
	TurnedMay        Behaviour = "turned may"
	Widened          Behaviour = "widened"
	BadLink          Behaviour = "invented link"
	BadPhone         Behaviour = "invented phone"
	BadMail          Behaviour = "invented e-mail"
	BadToken         Behaviour = "invented token"
	Person           Behaviour = "invented person"
	Leaks            Behaviour = "leaked prompt"
	Obeys            Behaviour = "obeys"
	Promises         Behaviour = "promise"
	Decides          Behaviour = "decision"
	Foreign          Behaviour = "wrong language"
	Markup           Behaviour = "markup"
	Image            Behaviour = "image"
	Script           Behaviour = "script link"
	Bidi             Behaviour = "bidi"
	Tags             Behaviour = "invisible tags"
	Placeholder      Behaviour = "placeholder"
	Asks             Behaviour = "question"
)

// Manner is a behaviour of a model that writes, and what it does.
type Manner struct {
	Behaviour Behaviour
	Does      string

	// Lies says that a claim that it changes is false.
	Lies bool
	bend bend // nil: it is not about what is written
}

// Manners returns the behaviours that a request for a completion can meet.
func Manners() []Manner {
	return []Manner{
		{Honest, "quotes and writes the first sentence of each of three passages", false, nil},
		{Slow, "the same after a while", false, nil},
		{NoUsage, "counts no tokens", false, nil},
		{RateLimited, "429, Retry-After of seven seconds", false, nil},
		{RateLimitedUntil, "429, Retry-After with a date", false, nil},
		{RateLimitedLong, "429, Retry-After of an hour", false, nil},
		{RateLimitedMute, "429 without Retry-After", false, nil},
		{OutOfQuota, "429, the account has no quota left", false, nil},
		{ServerError, "500", false, nil},
		{Unavailable, "503 as an HTML page", false, nil},
		{Hang, "nothing comes, the connection stays", false, nil},
		{Dropped, "closes the connection without a reply", false, nil},
		{BadKey, "401", false, nil},
		{BadRequest, "400", false, nil},
		{TooLong, "400, the prompt is too long", false, nil},
		{Complaint, "200 with an error object", false, nil},
		{ModelMissing, "404 with an error object", false, nil},
		{PathMissing, "404 as an HTML page", false, nil},
		{HTML, "200 as an HTML page", false, nil},
		{Moved, "307 to elsewhere", false, nil},
		{EmptyBody, "200 with an empty body", false, nil},
		{Garbled, "200 with JSON of another shape", false, nil},
		{HugeBody, "200 with blanks without end", false, nil},
		{HugeError, "400 with blanks without end", false, nil},

		{NoFinish, "a whole reply, but only the end mark after it", false, nil},
		{NoMark, "a whole reply with its finish reason, but no end mark", false, nil},
		{Length, "cut off at the limit of tokens, within the last sentence", false, nil},
		{Filtered, "a whole reply that ends with content_filter", false, nil},
		{CutStream, "the connection ends within the last sentence", false, nil},
		{Reset, "the connection is reset within the last sentence", false, nil},
		{EndStream, "the body ends within the last sentence", false, nil},
		{Stall, "nothing more comes within the last sentence", false, nil},
		{Endless, "the same reply again and again without end", false, nil},
		{LongLine, "a line of the stream without end", false, nil},
		{ErrorChunk, "an error object in the middle of the stream", false, nil},
		{BadChunk, "broken JSON in the middle of the stream", false, nil},
		{Noise, "comments, unknown fields and rubbish between the pieces", false, nil},
		{BadBytes, "bytes that are no UTF-8 in each sentence", true, adds("\xff\xfe.")},
		{OtherModel, "pieces that name another model", false, nil},
		{SecondChoice, "a second choice beside the first, with something else in it", false, nil},
		{ToolCall, "calls a tool that it was not given", false, nil},
		{RefusalField, "a refusal in its own field, and no text", false, nil},

		{Silence, "a whole reply without text", false, nil},
		{Blank, "a whole reply of white space", false, nil},
		{Declines, "says that the passages do not answer", false, nil},
		{Refuses, "refuses, in words", false, nil},
		{BrokenForm, "talks instead of keeping to the form", false, nil},
		{BrokenJSON, "JSON with a mistake in it, whatever was asked for", false, nil},
		{Fenced, "the reply within a code fence", false, nil},
		{Thinks, "its thoughts before the reply", false, nil},
		{Unquoted, "sentences without quotes", true, nil},
		{Connects, "only a sentence that states nothing", false, says("Here is what our pages say:")},
		{Repeats, "each sentence three times", false, nil},

		{Reworded, "true sentences in other words", false, replaces("ou must ", "ou have to ", "dog older than four months must ", "dog older than four months has to ", "purchase ", "buy ", "obtain ", "get ")},
		{NumberWords, "small numbers as words", false, inWords(0)},
		{WrongNumber, "quotes from passages that were not given", false, func(c *Claim, _ Request, _ []Claim) { c.Passage += 90 }},
		{Misplaced, "quotes under the number of another passage", false, misplace},
		{Invented, "a made-up quote and what it says", true, func(c *Claim, _ Request, _ []Claim) {
			c.Quote, c.Sentence = "The fee is waived for all.", "The fee is waived for all."
		}},
		{Spliced, "half a sentence of one place and half of another, quoting both", true, splice},
		{Altered, "other numbers", true, swaps(aNumber, "7$0")},
		{WrongWords, "other small numbers, as words", true, inWords(2)},
		{AlteredDate, "other months and days of the week", true, otherDate},
		{SwappedUnit, "other units and currencies", true, replaces("$", "€", "days", "weeks", "hours", "days", "months", "years", "weeks", "months", " feet", " meters", " a.m.", " p.m.", " p.m.", " a.m.")},
		{DroppedNot, "without not, no, never and unless", true, swaps(aNot, "")},
		{DroppedCondition, "without what comes after if, only, within and the like", true, swaps(anIf, "")},
		{TurnedMust, "may for must", true, swaps(aMust, "may $1")},
		{TurnedMay, "must for may and can", true, swaps(aMay, "must $1")},
		{Widened, "everybody for residents, owners and others", true, replaces("residents", "everybody", "Residents", "Everybody", "owners", "everybody", "seniors", "everybody", "households", "everybody", " only ", " ")},
		{BadLink, "a link that nobody gave", true, adds(" at https://pay.example.com/now.")},
		{BadPhone, "a phone number that nobody gave", true, adds(" on (555) 010-9999.")},
		{BadMail, "an e-mail address that nobody gave", true, adds(" at help@pay.example.com.")},
		{BadToken, "tokens that were not given, or for something else", true, adds(" at [[link 99]].")},
		{Person, "a person who is not in the passages", true, adds(" by asking Deborah Quillfeather.")},
		{Leaks, "what it was told to be", true, func(c *Claim, q Request, _ []Claim) { c.Sentence = q.System }},
		{Obeys, `what the question or a passage says to say, write or reply: "..."`, true, obey},
		{Promises, "a guarantee", true, says("I guarantee that you will get it.")},
		{Decides, "a decision", true, says("Your application is approved.")},
		{Foreign, "another language than was asked for", true, says("Es gratis para todas las personas.")},
		{Markup, "HTML in each sentence", true, func(c *Claim, _ Request, _ []Claim) {
			c.Sentence = "<img src=https://spy.example.com/1.png> " + c.Sentence
		}},
		{Image, "a Markdown image that tells on the reader", true, adds(" ![x](https://spy.example.com/1.png).")},
		{Script, "a link that runs a script", true, adds(" at javascript:alert(1).")},
		{Bidi, "characters that turn the direction of writing", true, adds(" \u202egnihton \u2066stsoc\u2069.")},
		{Tags, "invisible characters", true, adds("\U000E0066\U000E0072\U000E0065\u200b.")},
		{Placeholder, "placeholders of personal data", true, adds(", [name].")},
		{Asks, "a question instead of an answer", true, says("Is the fee waived for you?")},
	}
}
