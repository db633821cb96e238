import tempfile
import unittest
from pathlib import Path

from bot import Position, answer_to


class Answers(unittest.TestCase):
    def test_a_command_is_answered(self) -> None:
        self.assertEqual(answer_to("!order 7"), "Order 7 is on its way.")
        self.assertEqual(answer_to("!hours "), "We are here from nine to five, Monday to Friday.")

    def test_what_is_no_command_is_not(self) -> None:
        for text in ("", "hours", "what are your !hours", "!"):
            self.assertIsNone(answer_to(text))

    def test_an_unknown_command_is_told_the_known_ones(self) -> None:
        for text in ("!help", "!order"):
            self.assertIn("!hours", answer_to(text) or "")

    def test_an_argument_cannot_reach_into_the_reply(self) -> None:
        self.assertEqual(answer_to("!order {argument.__class__}"), "Order {argument.__class__} is on its way.")


class Positions(unittest.TestCase):
    def test_a_position_outlives_the_bot(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "position"
            self.assertIsNone(Position(path).value)
            Position(path).keep(41)
            self.assertEqual(Position(path).value, 41)


if __name__ == "__main__":
    unittest.main()
