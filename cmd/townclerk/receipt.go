package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"

	"townclerk/bot"
	"townclerk/bot/ledger"
	"townclerk/bot/ledger/receipt"
)

type receiptCmd struct {
	Verify receiptVerifyCmd `cmd:"" help:"Check a receipt without a server or database, and print what was said and when; fail where it does not hold."`
}

type receiptVerifyCmd struct {
	File string   `arg:"" type:"existingfile" help:"The receipt."`
	Key  []string `required:"" help:"Public key of the record, as the agency makes it known (ledger key prints it). Can be repeated."`
}

func (cmd *receiptVerifyCmd) Run() error {
	data, err := os.ReadFile(cmd.File)
	if err != nil {
		return err
	}
	return verifyReceipt(data, cmd.Key, os.Stdout)
}

// verifyReceipt prints what a receipt proves, and nothing of one that does not hold.
func verifyReceipt(data []byte, encoded []string, w io.Writer) error {
	keys, err := parseKeys(encoded)
	if err != nil {
		return err
	}
	point, said, err := receipt.Verify(data, keys...)
	if err != nil {
		if !errors.Is(err, receipt.ErrReceipt) {
			return err
		}
		return fmt.Errorf("the receipt does not hold: %w", err)
	}
	var b strings.Builder
	for _, s := range said {
		printSaid(&b, s)
	}
	fmt.Fprintf(&b, "The receipt holds: %d entries of the record %s, which had %d when it was signed.\n", len(said), point.Origin, point.Size)
	_, err = io.WriteString(w, printable(b.String()))
	return err
}

func printSaid(w io.Writer, s receipt.Said) {
	what := string(s.Entry.Type)
	if s.Entry.Type == ledger.Ticket {
		what = fmt.Sprintf("%v by %v", s.Entry.Facts["action"], s.Entry.Facts["actor"])
	}
	if s.Entry.Outcome != "" {
		what += ", " + s.Entry.Outcome
	}
	fmt.Fprintf(w, "%s  entry %d of %.8s: %s\n", s.Entry.Time.UTC().Format("2006-01-02 15:04 UTC"), s.Index, s.Entry.Subject, what)
	for _, field := range slices.Sorted(maps.Keys(s.Texts)) {
		var text string
		var a bot.Answer
		switch raw := s.Texts[field]; {
		case field == bot.TextAnswer && json.Unmarshal(raw, &a) == nil:
			printAnswer(w, a)
		case json.Unmarshal(raw, &text) == nil:
			fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(text, "\n", "\n  "))
		default:
			fmt.Fprintf(w, "  %s: %s\n", field, raw)
		}
	}
	fmt.Fprintln(w)
}

// printable leaves out what would command a terminal or turn the order of what is read.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, text)
}

// receipts makes receipts of conversations once signing has begun.
type receipts struct{ *house }

// Receipt implements web.Receipts.
func (h receipts) Receipt(ctx context.Context, c bot.ConversationID) ([]byte, error) {
	items, err := h.store.ReceiptItems(ctx, c)
	if err != nil {
		return nil, err
	}
	if h.signer == nil {
		return nil, noReceipt(errors.New("nothing is signed yet"))
	}
	b, err := h.signer.Receipt(ctx, items)
	if err != nil && bot.KindOf(err) == bot.Internal { // record.ErrStopped, or a place outside that is out of reach
		return nil, noReceipt(err)
	}
	return b, err
}

func noReceipt(err error) error {
	return &bot.Error{Kind: bot.Unavailable, Citizen: "We cannot sign a receipt right now. Please try again later.", Err: fmt.Errorf("make a receipt: %w", err)}
}
