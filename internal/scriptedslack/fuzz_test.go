package scriptedslack_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	. "townclerk/internal/scriptedslack"
)

// Whatever a call holds, the answer is Slack's: JSON that says ok, or which error.
func FuzzCall(f *testing.F) {
	f.Add("chat.postMessage", false, `channel=waste&text=x&blocks=[{"type":"section"}]&metadata={}`)
	f.Add("views.publish", true, `{"user_id":"U0ANA","view":{"type":"home","blocks":[{"type":"context","elements":[{"type":"mrkdwn","text":"x"}]}]}}`)
	f.Add("conversations.history", false, "channel=waste&cursor=-1&limit=0&oldest=x")
	f.Add("chat.update", true, `{"channel":"waste","ts":{},"blocks":[null]}`)
	f.Fuzz(func(t *testing.T, method string, isJSON bool, body string) {
		if strings.ContainsAny(method, "/%?# ") || strings.Trim(method, ".") == "" {
			t.Skip()
		}
		w := New(Options{Strict: &Strict{}})
		w.Say(Ana, "waste", "", "hello")
		req := httptest.NewRequest("POST", "/api/x", strings.NewReader(body))
		req.URL.Path = "/api/" + method
		req.Header.Set("Authorization", "Bearer "+BotToken)
		req.Header.Set("Content-Type", map[bool]string{true: "application/json", false: "application/x-www-form-urlencoded"}[isJSON])
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, req)
		var out struct {
			OK    *bool
			Error string
		}
		if rec.Code != 200 || json.Unmarshal(rec.Body.Bytes(), &out) != nil || out.OK == nil || *out.OK != (out.Error == "") {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
	})
}
