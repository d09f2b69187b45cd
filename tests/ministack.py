"""Prepares a fresh MiniStack for the tests and prints NAME=value lines for their environment.

Two buckets; two keys, as in life: the administrator's, and a developer's that may write staging and only read
production. That the server really refuses is tried here, so a run never passes because nothing was enforced.
Usage: ministack.py URL SECONDS (how long to wait for the server)
"""

import json
import sys
import time
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

STAGING, PRODUCTION = "git-data-staging", "git-data-production"
ROOT = ("test", "test")


def wait(url, seconds):
    """Returns once the server answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=5) as answer:
                auth = json.load(answer)["auth"]
                break
        except (urllib.error.URLError, OSError, ValueError):
            if time.monotonic() > deadline:
                sys.exit(f"MiniStack did not answer at {url} within {seconds} s")
            time.sleep(0.1)
    if auth != "enabled":
        sys.exit("MiniStack runs without AUTH=true: it would refuse nobody")


def client(service, url, key):
    """A client that speaks to `url` with `key` and tries nothing twice."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=key[0],
        aws_secret_access_key=key[1],
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def allow(actions, bucket):
    """Rights on `bucket`, and on buckets that a test makes with this name and a suffix."""
    arn = f"arn:aws:s3:::{bucket}*"
    return {"Effect": "Allow", "Action": actions, "Resource": [arn, f"{arn}/*"]}


def developer(url):
    """Makes the developer and returns the key."""
    iam = client("iam", url, ROOT)
    iam.create_user(UserName="developer")
    policy = {
        "Version": "2012-10-17",
        "Statement": [allow("s3:*", STAGING), allow(["s3:GetObject", "s3:ListBucket"], PRODUCTION)],
    }
    iam.put_user_policy(UserName="developer", PolicyName="data", PolicyDocument=json.dumps(policy))
    made = iam.create_access_key(UserName="developer")["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"]


def refused(what, act):
    """Ends the run when the server lets the developer do `what`."""
    try:
        act()
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDenied":
            return
        sys.exit(f"MiniStack: {what}: expected AccessDenied, got {error}")
    sys.exit(f"MiniStack lets the developer {what}")


def main(url, seconds):
    """Sets up, tries the rights, prints."""
    wait(url, float(seconds))
    root = client("s3", url, ROOT)
    for bucket in (STAGING, PRODUCTION, f"{STAGING}-try", f"{PRODUCTION}-try"):
        root.create_bucket(Bucket=bucket)
    key = developer(url)
    dev = client("s3", url, key)
    for suffix in ("", "-try"):
        staging, production = STAGING + suffix, PRODUCTION + suffix
        root.put_object(Bucket=production, Key="try", Body=b"1")
        dev.put_object(Bucket=staging, Key="try", Body=b"1")
        dev.get_object(Bucket=production, Key="try")
        dev.list_objects_v2(Bucket=production)
        refused("write production", lambda b=production: dev.put_object(Bucket=b, Key="try", Body=b"2"))
        refused("delete in production", lambda b=production: dev.delete_object(Bucket=b, Key="try"))
        copy = {"Bucket": staging, "Key": "try"}
        refused("copy to production", lambda b=production, c=copy: dev.copy_object(Bucket=b, Key="new", CopySource=c))
        for bucket in (staging, production):
            root.delete_object(Bucket=bucket, Key="try")
    for bucket in (f"{STAGING}-try", f"{PRODUCTION}-try"):
        root.delete_bucket(Bucket=bucket)
    values = {
        "URL": url,
        "STAGING": STAGING,
        "PRODUCTION": PRODUCTION,
        "ROOT_KEY": ROOT[0],
        "ROOT_SECRET": ROOT[1],
        "DEV_KEY": key[0],
        "DEV_SECRET": key[1],
    }
    for name, value in values.items():
        print(f"GIT_DATA_TEST_MINISTACK_{name}={value}")


if __name__ == "__main__":
    main(*sys.argv[1:])
