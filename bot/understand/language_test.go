package understand_test

import (
	"testing"

	"townclerk/bot/understand"
)

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ message, otherwise, want string }{
		{"how much is a replacement cart", "es", "en"},
		{"¿cuánto cuesta la recolección de muebles?", "en", "es"},
		{"a qué teléfono llamo para pedir ayuda con el alquiler, voy atrasado", "en", "es"},
		{"Combien coûte une carte pour les enfants ?", "en", "fr"},
		{"Wie kann ich meine Adresse ändern und was kostet das?", "en", "de"},
		{"como posso pagar a conta e onde", "en", "pt"},
		{"jak mogę zapłacić i gdzie", "en", "pl"},
		{"كيف أجدد جواز سفري؟", "en", "ar"},
		{"如何更新我的护照", "en", "zh"},
		{"パスポートの更新方法", "en", "ja"},
		{"여권을 어떻게 갱신하나요", "en", "ko"},
		{"parking permit", "es", "es"}, // too short to tell
		{"", "fr", "fr"},
		{"12345 !?", "en", "en"},
	} {
		if got := understand.Language(c.message, c.otherwise); got != c.want {
			t.Errorf("Language(%q, %q) = %q, want %q", c.message, c.otherwise, got, c.want)
		}
	}
}
