//! Small programs that really fail, what mends each, and the test that it then passes.

use std::fs;
use std::io;
use std::path::Path;

use super::run::{self, language_of};

/// The folder of the programs, in the demo's own.
pub const FOLDER: &str = "programs";
/// So many of them are taken.
const TAKEN: usize = 6;
/// So many of each language, where there is one.
const OF_A_LANGUAGE: usize = 2;

/// A program with a mistake in it.
#[derive(Debug)]
pub struct Program {
    /// Its file's name; the end says the language.
    pub file: &'static str,
    text: &'static str,
    /// What takes the mistake out: a script for `sed`.
    fix: &'static str,
    /// What that does, in words, without quotes.
    did: &'static str,
    /// What the program prints when it is right: its test.
    prints: &'static str,
}

/// The programs: Python's and Node's first, and the shell's, which is always there, for what is missing.
const PROGRAMS: [Program; 10] = [
    Program {
        file: "average.py",
        text: "def mean(values):\n    return sum(values) / len(values)\n\nprint('average', mean([]))\n",
        fix: "s|/ len(values)|/ max(len(values), 1)|",
        did: "An empty list has the mean 0: the divisor is at least 1",
        prints: "average 0.0",
    },
    Program {
        file: "orders.py",
        text: "def price(order):\n    return order['price'] * order['count']\n\nprint('total', price({'amount': 3, 'count': 4}))\n",
        fix: "s|order\\['price']|order['amount']|",
        did: "Orders say amount where price was read",
        prints: "total 12",
    },
    Program {
        file: "cart.js",
        text: "function total(cart) {\n  return cart.items.reduce((sum, item) => sum + item.price, 0);\n}\n\nconsole.log('total', total({}));\n",
        fix: "s|cart[.]items[.]reduce|(cart.items ?? []).reduce|",
        did: "A cart without items has none",
        prints: "total 0",
    },
    Program {
        file: "invoice.js",
        text: "const net = 19.99;\nconsole.log('to pay', (net * 1.2).toFixed(200));\n",
        fix: "s|toFixed(200)|toFixed(2)|",
        did: "A price has two digits behind the point",
        prints: "to pay 23.99",
    },
    Program {
        file: "report.sh",
        text: "set -u\nunset REGION\necho \"sales in $REGION\"\n",
        fix: "s|[$]REGION|${REGION:-all regions}|",
        did: "Without a region the report is on all of them",
        prints: "sales in all regions",
    },
    Program {
        file: "share.sh",
        text: "people=0\necho \"each gets $((100 / people))\"\n",
        fix: "s|people=0|people=4|",
        did: "There are four people to share",
        prints: "each gets 25",
    },
    Program {
        file: "names.sh",
        text: "set -e\nlist='zoe adam mia'\nsotr=$(printf '%s\\n' $list | sotr)\necho \"sorted:\" $sotr\n",
        fix: "s/| sotr)/| sort)/",
        did: "The program is called sort",
        prints: "sorted: adam mia zoe",
    },
    Program {
        file: "greet.sh",
        text: "name=${1:?a name is needed}\necho \"good morning, $name\"\n",
        fix: "s|{1:?a name is needed}|{1:-everybody}|",
        did: "Without a name everybody is greeted",
        prints: "good morning, everybody",
    },
    Program {
        file: "hosts.sh",
        text: "set -e\nread -r host < /nowhere/hosts\necho \"host $host answers\"\n",
        fix: "s|read -r host < /nowhere/hosts|host=localhost|",
        did: "Where there is no list of hosts this one is meant",
        prints: "host localhost answers",
    },
    Program {
        file: "home.sh",
        text: "set -e\ncd /nowhere/at/all\necho \"now in $(pwd)\"\n",
        fix: "s|cd /nowhere/at/all|cd /|",
        did: "The root is always there",
        prints: "now in /",
    },
];

/// The programs for this machine.
pub fn choose() -> Vec<&'static Program> {
    let mut taken: Vec<&Program> = Vec::new();
    for (language, try_it) in [("py", ["python3", "-c", "0"]), ("js", ["node", "-e", "0"])] {
        let there = run::quiet(try_it[0])
            .args(&try_it[1..])
            .output()
            .is_ok_and(|output| output.status.success());
        if there {
            taken.extend(written_in(language).take(OF_A_LANGUAGE));
        }
    }
    taken.extend(written_in("sh").take(TAKEN - taken.len()));
    taken
}

fn written_in(language: &str) -> impl Iterator<Item = &'static Program> {
    PROGRAMS
        .iter()
        .filter(move |program| language_of(program.file) == language)
}

impl Program {
    /// Writes it into `folder` with its mistake, and beside it what mends it and its test.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let file = self.file;
        for (place, text) in [
            (format!("{FOLDER}/{file}"), self.text),
            (format!("fixes/{file}.sed"), self.fix),
            (format!("fixes/{file}.txt"), self.did),
            (format!("expected/{file}"), self.prints),
        ] {
            let text = text.trim_end();
            let path = folder.join(place);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, format!("{text}\n"))?;
        }
        Ok(())
    }

    /// Whether `output` is what it prints when it is right.
    pub fn is_right(&self, output: &str) -> bool {
        output.trim_end() == self.prints
    }
}

#[cfg(test)]
mod tests {
    use super::super::run::{quiet, run};
    use super::*;

    #[test]
    fn what_goes_into_evidence_needs_no_escapes() {
        for program in &PROGRAMS {
            for text in [program.did, program.prints, program.file] {
                assert!(!text.contains(['"', '\\', '\n', '%']), "{text}");
            }
        }
        assert!(written_in("sh").count() >= TAKEN);
    }

    #[test]
    fn every_program_here_fails_and_is_right_when_it_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        for program in choose().into_iter().chain(written_in("sh")) {
            program.write(folder.path()).unwrap();
            let (path, fix) = (
                format!("{FOLDER}/{}", program.file),
                format!("fixes/{}.sed", program.file),
            );
            assert!(!run(folder.path(), &path).unwrap().well, "{path}");
            let mended = quiet("sed")
                .args(["-i", "-f", &fix, &path])
                .current_dir(folder.path())
                .status();
            assert!(mended.unwrap().success());
            let mended = run(folder.path(), &path).unwrap();
            assert!(
                mended.well && program.is_right(&mended.stdout),
                "{path} {mended:?}"
            );
        }
    }
}
