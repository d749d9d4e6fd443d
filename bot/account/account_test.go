package account_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"townclerk/bot"
	"townclerk/bot/account"
)

// Who may do what, as a table that is read: s staff, m manager, a auditor, A
// administrator.
func TestPermissions(t *testing.T) {
	want := map[account.Action]string{
		account.SeeOwn: "sm", account.SeeAll: "m", account.ActOn: "sm", account.SeeAddress: "sm", account.Manage: "A",
		account.Approve: "m", account.ReadRecord: "a", account.OpenText: "a", account.ReadFigures: "smaA",
	}
	letters := map[account.Role]string{account.Staff: "s", account.Manager: "m", account.Auditor: "a", account.Administrator: "A"}
	for _, act := range account.Actions() {
		got := ""
		for _, r := range account.Roles() {
			if account.May(account.Account{Roles: []account.Role{r}}, act) {
				got += letters[r]
			}
			if account.May(account.Account{Roles: []account.Role{r}, Disabled: true}, act) {
				t.Errorf("a disabled %s may %s", r, act)
			}
		}
		if got != want[act] {
			t.Errorf("%s: %q, want %q", act, got, want[act])
		}
		if account.May(account.Account{Roles: []account.Role{"", "root"}}, act) {
			t.Errorf("nobody may %s", act)
		}
	}
	waste := account.Account{Roles: []account.Role{account.Staff}, Departments: []bot.DepartmentID{"waste"}}
	if !account.Sees(waste, "waste") || account.Sees(waste, "parks") || account.Sees(waste, "") {
		t.Error("staff see their own departments")
	}
	waste.Roles = []account.Role{account.Auditor, account.Administrator}
	if account.Sees(waste, "waste") {
		t.Error("an auditor sees no inquiries")
	}
}

func TestPasswords(t *testing.T) {
	a := account.Account{Name: "ann.miller.smith@example.gov"}
	for password, want := range map[string]error{
		"":                                  account.ErrShort,
		"elevenbytes":                       account.ErrShort,
		strings.Repeat("ab c", 51):          account.ErrLong,
		"Password1234!":                     account.ErrCommon,
		"PASSWORDPASSWORD":                  account.ErrCommon,
		"qwertyuiopasdfghjkl":               account.ErrCommon,
		"correcthorsebatterystaple":         account.ErrCommon,
		"aaaaaaaaaaaaaaa":                   account.ErrCommon,
		"123456789012345":                   account.ErrCommon,
		"abc123abc123abc123":                account.ErrCommon,
		"Summer2026!!!":                     account.ErrCommon,
		"ann.miller.smith99":                account.ErrCommon,
		"ann.miller.smith@example.gov":      account.ErrCommon,
		"otter kettle violin":               nil,
		"Überraschung im Möbelhaus":         nil,
		"password of the otter with kettle": nil,
	} {
		if err := account.Acceptable(a, password); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
}

func TestHashes(t *testing.T) {
	const password = "otter kettle violin"
	one, two := account.Hash(password), account.Hash(password)
	if one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("%s, %s", one, two)
	}
	if !account.Verify(one, password) || account.Verify(one, password+" ") || account.Verify("", "") || account.Verify(one, "") {
		t.Error("a hash opens for its own password alone")
	}
	// of the reference implementation, with its parameters
	const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if !account.Verify(reference, "password") || account.Verify(reference, "passwore") {
		t.Error("the reference implementation's hash")
	}
	// A keyboard may write an accent as one character or two.
	if !account.Verify(account.Hash("caf\u00e9 caf\u00e9 caf\u00e9"), "cafe\u0301 cafe\u0301 cafe\u0301") {
		t.Error("two ways to write one password")
	}
	for _, bad := range []string{
		strings.Replace(one, "argon2id", "argon2i", 1), strings.Replace(one, "v=19", "v=16", 1),
		strings.Replace(one, "m=19456", "m=99999999", 1), strings.Replace(one, "t=2", "t=0", 1),
		strings.Replace(one, "p=1", "p=1 ", 1), one + "$", one[:len(one)-30], "$argon2id$v=19$m=8,t=1,p=1$$",
	} {
		if account.Verify(bad, password) {
			t.Errorf("%s is taken", bad)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=262144,t=16,p=16$$")
	f.Fuzz(func(t *testing.T, encoded string) {
		if len(encoded) > 300 || strings.Count(encoded, "m=") > 0 && !strings.Contains(encoded, "m=8,t=1") {
			return // what is asked for may be dear
		}
		if account.Verify(encoded, "a password that is none") {
			t.Errorf("%q opens", encoded)
		}
	})
}

func TestTokens(t *testing.T) {
	a, b := account.NewToken(), account.NewToken()
	if a == b || len(a) != 43 || a.Digest() == b.Digest() {
		t.Error("tokens are alike")
	}
	if !a.Sealed(a.Seal()) || a.Sealed(b.Seal()) || a.Sealed("") || strings.Contains(a.Seal(), string(a)[:8]) {
		t.Error("a seal is of its own token")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		if got := fmt.Sprintf(verb, a); got != "[token]" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}
