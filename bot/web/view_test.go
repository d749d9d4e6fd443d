package web

import (
	"slices"
	"strings"
	"testing"

	"townclerk/bot"
)

// wholeAnswer has everything that an answer may have; its pages are in English.
func wholeAnswer() bot.Answer {
	a := sampleAnswer("11111111111111111111111111111111", "")
	first, second := &a.Sentences[0].Citations[0], &a.Sentences[1].Citations[0]
	first.Language, first.Department, first.Reviewed = "en", "City Clerk (Records)", "2026-01-15"
	second.Language, second.Overdue, second.Ended = "en", "2026-02-01", "2026-03-31"
	a.Lead, a.Closing = "صفحاتنا غير متفقة:", "افتح المصدر."
	a.Help = []bot.HelpLine{{Name: "Crisis line", Phone: "+1 555 010 0199", URL: "https://help.example/", Text: "Call or text, day and night."},
		{Name: "No link", URL: "javascript:alert(1)"}}
	a.Choices = []bot.Choice{{Label: "Birth certificates", Question: "birth certificates: how much?"}, {Label: "Dog licences", Question: "dog licences: how much?"}}
	a.From = "22222222222222222222222222222222"
	return a
}

// Everything that an answer may have, on an Arabic page about English sources. The
// browser test looks at the same file.
func TestChatGolden(t *testing.T) {
	w := newWorld(t)
	id, token := w.begin()
	w.talks.add(bot.Incoming{Conversation: id, Text: "بكم شهادة الميلاد؟"}, wholeAnswer())
	_, page := w.do("GET", "/?lang=ar", "", "Cookie", "townclerk="+string(id)+"."+string(token))
	golden(t, "testdata/chat.ar.html", nonces.ReplaceAllString(page, `name="nonce" value="n"`))
}

func TestNotes(t *testing.T) {
	w := newWorld(t)
	for lang, want := range map[string]string{
		"en": isolate("City Clerk (Records)") + ", last reviewed 15 January 2026|This page was due for review on 1 February 2026.|What this page says applied until 31 March 2026.",
		"de": "Zitiert auf Englisch, wie auf der Seite|" + isolate("City Clerk (Records)") + ", zuletzt überprüft am 15. Januar 2026|Diese Seite hätte am 1. Februar 2026 überprüft werden sollen.|" +
			"Was auf dieser Seite steht, galt bis zum 31. März 2026.",
	} {
		views, _ := citedBy(wholeAnswer().Sentences, w.words(lang))
		var got []string
		for _, v := range views {
			for _, n := range v.Notes {
				got = append(got, n.Text)
			}
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
	written := wholeAnswer().Sentences[:1]
	written[0].Written, written[0].Citations[0].Department = true, ""
	views, _ := citedBy(written, w.words("fr"))
	if v := views[0]; v.Lang != "" || v.Dir != "auto" || len(v.Notes) != 1 || !strings.HasSuffix(v.Notes[0].Text, "15 janvier 2026") {
		t.Errorf("a written sentence: %+v", v)
	}
	if l := w.words("es"); l.in("en-GB") != "en inglés" || l.in("ja") != "en otro idioma" || l.Date("soon") != "soon" {
		t.Error("languages and dates in Spanish")
	}
}

// What is chosen is asked next; pressing the button twice asks once.
func TestChoosing(t *testing.T) {
	w := newWorld(t)
	id, token := w.begin()
	a := wholeAnswer()
	w.talks.add(bot.Incoming{Conversation: id, Text: "how much"}, a)
	cookie := "townclerk=" + string(id) + "." + string(token)
	_, page := w.do("GET", "/?lang=en", "", "Cookie", cookie)
	_, form, _ := strings.Cut(page, `class="choices"`)
	nonce := nonces.FindStringSubmatch(form)[1]
	var keys []string
	for range 2 {
		w.submit("/ask", cookie, "text", a.Choices[1].Question, "nonce", nonce, "lang", "en")
		q := w.desk.questions()
		keys = append(keys, q[len(q)-1].Key)
	}
	if q := w.desk.questions()[0]; q.Text != a.Choices[1].Question || !strings.Contains(form, `value="`+q.Text+`"`) || len(slices.Compact(keys)) != 1 {
		t.Errorf("asked %+v with the keys %q", q, keys)
	}
}
