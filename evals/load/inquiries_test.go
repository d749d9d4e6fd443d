package load

import (
	"reflect"
	"strings"
	"testing"

	"townclerk/evals"
)

func TestInquiries(t *testing.T) {
	got, err := Inquiries(strings.NewReader("\ufeff# department, kind, inquiry\n\nwater\tplain\ta leak\tin the street\nparks\tthe swing\r\n" +
		`{"department": "taxes", "inquiry": "when is it due", "kind": "vague"}` + "\n" + `{"department": "-", "question": "who won"}`))
	want := []evals.Inquiry{
		{Text: "a leak\tin the street", Department: "water", Kind: "plain"}, {Text: "the swing", Department: "parks"},
		{Text: "when is it due", Department: "taxes", Kind: "vague"}, {Text: "who won", Department: evals.Nobody},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for text, want := range map[string]string{
		"no tab": "line 1: want a department, a tab", "\n \nwater\t ": "line 3: want a department and", "{\"department\": 1}": "line 1: ",
		"{\"department\": \"water\"}": "line 1: want a department and an inquiry", "water\tplain\t \t ": "line 1: want a department",
	} {
		if _, err := Inquiries(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// Whatever is read is whole.
func FuzzInquiries(f *testing.F) {
	f.Add("water\tplain\ta leak\n")
	f.Add(`{"department": "a", "question": "b"}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Inquiries(strings.NewReader(text))
		for _, q := range got {
			if err != nil || q.Department == "" || q.Text == "" {
				t.Errorf("%+v, %v", q, err)
			}
		}
	})
}
