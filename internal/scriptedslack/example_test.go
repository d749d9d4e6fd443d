package scriptedslack_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/slack-go/slack"

	"townclerk/internal/scriptedslack"
)

// A ticket is posted although Slack never said so, and a clerk writes below it.
func Example() {
	w := scriptedslack.New(scriptedslack.Options{Strict: &scriptedslack.Strict{}})
	server := httptest.NewServer(w)
	defer server.Close()
	client := slack.New(scriptedslack.BotToken, slack.OptionAPIURL(server.URL+"/api/"))

	w.Fail("chat.postMessage", scriptedslack.DoneError)
	_, _, err := client.PostMessage("#waste", slack.MsgOptionText("A bin was missed", false),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	fmt.Println(err)

	ticket := w.Messages("#waste")[0]
	w.Say(scriptedslack.Ana, "#waste", ticket.TS, ">> It comes on Monday")
	for _, m := range w.Thread("#waste", ticket.TS) {
		fmt.Println(m.User, m.Text)
	}
	fmt.Println(w.Violations())
	// Output:
	// slack server error: 500 Internal Server Error
	// U0TOWNCLERK A bin was missed
	// U0ANA >> It comes on Monday
	// []
}
