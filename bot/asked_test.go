package bot_test

import (
	"bytes"
	"testing"

	"townclerk/bot"
)

// Questions that differ in nothing that matters are the same; others are not.
func TestAsked(t *testing.T) {
	of := func(text string) []byte { return bot.Asked{Question: bot.AsRedacted(text), Language: "en"}.Bytes() }
	for _, same := range [][]string{
		{"What is the fee?", "what is the  FEE", "\tWhat is the ｆｅｅ ?!\n", "What is the fee…"},
		{"¿Cuánto cuesta el café?", "¿CUÁNTO cuesta el cafe\u0301"},
		{"ما هي الرسوم؟", "ما هي الرسوم"},
		{"费用多少？", "费用多少"},
	} {
		for _, text := range same {
			if !bytes.Equal(of(text), of(same[0])) {
				t.Errorf("%q is not %q", text, same[0])
			}
		}
	}
	for _, pair := range [][2]string{{"the fee", "the fees"}, {"not 5", "5"}, {"1.5", "15"}, {"a b", "ab"}, {"-5", "5"}} {
		if bytes.Equal(of(pair[0]), of(pair[1])) {
			t.Errorf("%q is %q", pair[0], pair[1])
		}
	}
}

func FuzzAsked(f *testing.F) {
	f.Add("What is the fee?", "en", "c")
	f.Fuzz(func(t *testing.T, question, language, setup string) {
		a := bot.Asked{Question: bot.AsRedacted(question), Language: language, Setup: setup}
		b := a
		b.Language, b.Setup = language+"x", setup
		if bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Error("another language is the same")
		}
		b.Question, b.Language = bot.AsRedacted(" "+question+" ?"), language
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%q is another question with a blank around it", question)
		}
	})
}
