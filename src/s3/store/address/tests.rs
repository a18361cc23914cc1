use serde_json::Value;

use super::*;

fn aws<'a>(region: &'a str, bucket: &'a str, variant: Variant) -> Location<'a> {
    let (endpoint, style) = (None, Style::Virtual);
    Location { endpoint, region, bucket, style, provider: Provider::Aws, variant }
}

fn url(location: &Location<'_>) -> Result<String, InvalidLocation> {
    location.resolve().map(|address| format!("{}{}", address.origin, address.path_prefix))
}

#[test]
fn hosts_of_aws() {
    const PLAIN: Variant = Variant { dualstack: false, fips: false, accelerate: false };
    const DUALSTACK: Variant = Variant { dualstack: true, ..PLAIN };
    const FIPS: Variant = Variant { fips: true, ..PLAIN };
    const BOTH: Variant = Variant { dualstack: true, fips: true, ..PLAIN };
    const FAST: Variant = Variant { accelerate: true, ..PLAIN };
    const FAST6: Variant = Variant { accelerate: true, dualstack: true, ..PLAIN };
    for (region, bucket, variant, host) in [
        ("eu-central-1", "pics", PLAIN, "pics.s3.eu-central-1.amazonaws.com"),
        ("us-gov-west-1", "pics", FIPS, "pics.s3-fips.us-gov-west-1.amazonaws.com"),
        ("us-east-1", "pics", DUALSTACK, "pics.s3.dualstack.us-east-1.amazonaws.com"),
        ("us-east-1", "pics", BOTH, "pics.s3-fips.dualstack.us-east-1.amazonaws.com"),
        ("us-east-1", "pics", FAST, "pics.s3-accelerate.amazonaws.com"),
        ("us-east-1", "pics", FAST6, "pics.s3-accelerate.dualstack.amazonaws.com"),
        ("cn-north-1", "pics", PLAIN, "pics.s3.cn-north-1.amazonaws.com.cn"),
        ("cn-north-1", "pics", DUALSTACK, "pics.s3.dualstack.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "pics", PLAIN, "pics.s3.eusc-de-east-1.amazonaws.eu"),
        ("us-iso-east-1", "pics", PLAIN, "pics.s3.us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "pics", PLAIN, "pics.s3.us-isob-east-1.sc2s.sgov.gov"),
        ("eu-central-1", "my.pics", PLAIN, "s3.eu-central-1.amazonaws.com/my.pics"),
        (
            "us-west-2",
            "pics--usw2-az1--x-s3",
            PLAIN,
            "pics--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com",
        ),
        (
            "us-east-1",
            "arn:aws:s3:us-west-2:123456789012:accesspoint/ap",
            BOTH,
            "ap-123456789012.s3-accesspoint-fips.dualstack.us-west-2.amazonaws.com",
        ),
        (
            "us-east-1",
            "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/ap",
            PLAIN,
            "ap-123456789012.s3-object-lambda.us-west-2.amazonaws.com",
        ),
    ] {
        let location = aws(region, bucket, variant);
        assert_eq!(url(&location), Ok(format!("https://{host}")), "{region} {bucket}");
    }
}

#[test]
fn endpoints_of_others() {
    let location = |provider, endpoint, style| Location {
        endpoint,
        region: "fra1",
        bucket: "my-pics",
        style,
        provider,
        variant: Variant::default(),
    };
    for (provider, endpoint, style, expected) in [
        (Provider::Wasabi, None, Style::Virtual, "https://my-pics.s3.fra1.wasabisys.com"),
        (Provider::Spaces, None, Style::Virtual, "https://my-pics.fra1.digitaloceanspaces.com"),
        (Provider::B2, None, Style::Path, "https://s3.fra1.backblazeb2.com/my-pics"),
        (
            Provider::R2,
            Some("https://0123.r2.cloudflarestorage.com"),
            Style::Path,
            "https://0123.r2.cloudflarestorage.com/my-pics",
        ),
        (
            Provider::Minio,
            Some("http://127.0.0.1:9000"),
            Style::Virtual,
            "http://127.0.0.1:9000/my-pics",
        ),
        (
            Provider::Garage,
            Some("https://gw.example.com:8443/s3/v1/"),
            Style::Path,
            "https://gw.example.com:8443/s3/v1/my-pics",
        ),
    ] {
        assert_eq!(url(&location(provider, endpoint, style)), Ok(expected.to_owned()));
    }
    let missing = url(&location(Provider::R2, None, Style::Path));
    assert_eq!(missing, Err(InvalidLocation::EndpointMissing));
}

#[test]
fn a_buckets_own_domain_has_no_bucket_in_the_path() {
    let at = |provider, endpoint, bucket| Location {
        endpoint,
        region: "eu",
        bucket,
        style: Style::Cname,
        provider,
        variant: Variant::default(),
    };
    for (endpoint, bucket, expected) in [
        ("https://files.example.com", "pics", "https://files.example.com"),
        ("https://files.example.com", "My.pics", "https://files.example.com"),
        ("http://127.0.0.1:9000/base/", "pics", "http://127.0.0.1:9000/base"),
    ] {
        let address = url(&at(Provider::Generic, Some(endpoint), bucket));
        assert_eq!(address, Ok(expected.to_owned()));
    }
    for (provider, endpoint) in
        [(Provider::R2, Some("https://files.example.com")), (Provider::Aws, None)]
    {
        assert_eq!(url(&at(provider, endpoint, "pics")), Err(InvalidLocation::Cname));
    }
}

#[test]
fn a_bucket_of_another_tenant_is_in_the_path_and_at_ceph_alone() {
    let at = |provider, bucket, style| Location {
        endpoint: Some("https://rgw.example.com"),
        region: "eu",
        bucket,
        style,
        provider,
        variant: Variant::default(),
    };
    for style in [Style::Virtual, Style::Path] {
        let address = url(&at(Provider::Ceph, "team_1:pics", style));
        assert_eq!(address, Ok("https://rgw.example.com/team_1:pics".to_owned()));
    }
    for (provider, bucket) in [
        (Provider::Minio, "team:pics"),
        (Provider::Ceph, ":pics"),
        (Provider::Ceph, "team:"),
        (Provider::Ceph, "a:b:pics"),
        (Provider::Ceph, "a/b:pics"),
        (Provider::Ceph, "a$b:pics"),
    ] {
        assert_eq!(
            url(&at(provider, bucket, Style::Path)),
            Err(InvalidLocation::Bucket),
            "{bucket}"
        );
    }
}

/// A certificate covers one label, so a dot matters only over TLS.
#[test]
fn a_dotted_bucket_is_in_the_host_without_tls_and_in_the_path_with_it() {
    for (endpoint, bucket, expected) in [
        ("http://s3.example.com", "my.pics", "http://my.pics.s3.example.com"),
        ("https://s3.example.com", "my.pics", "https://s3.example.com/my.pics"),
        ("https://s3.example.com", "my-pics", "https://my-pics.s3.example.com"),
        ("http://127.0.0.1:9000", "my.pics", "http://127.0.0.1:9000/my.pics"),
    ] {
        let location = Location {
            endpoint: Some(endpoint),
            region: "eu",
            bucket,
            style: Style::Virtual,
            provider: Provider::Generic,
            variant: Variant::default(),
        };
        assert_eq!(url(&location), Ok(expected.to_owned()));
    }
}

#[test]
fn locations_that_are_none() {
    let plain = Variant::default();
    let fast = Variant { accelerate: true, ..plain };
    for (bucket, variant, why) in [
        ("a", plain, InvalidLocation::Bucket),
        ("a/b/c", plain, InvalidLocation::Bucket),
        ("arn:aws:s3", plain, InvalidLocation::Bucket),
        ("arn:aws:s3:us-west-2:1:accesspoint/a/b", plain, InvalidLocation::Bucket),
        ("arn:aws:s3:us-west-2:1/x:accesspoint/ap", plain, InvalidLocation::Bucket),
        ("arn:aws:s3::1:accesspoint/alias", plain, InvalidLocation::Bucket),
        ("my.pics", fast, InvalidLocation::Variant),
        ("pics", Variant { fips: true, ..fast }, InvalidLocation::Variant),
    ] {
        assert_eq!(url(&aws("us-west-2", bucket, variant)), Err(why), "{bucket}");
    }
    let with_endpoint = Location {
        endpoint: Some("https://s3.example.com"),
        ..aws("us-west-2", "pics", Variant { dualstack: true, ..plain })
    };
    assert_eq!(url(&with_endpoint), Err(InvalidLocation::Variant));
}

/// Host and path agree with AWS's SDK for JavaScript.
#[test]
fn addresses_are_those_of_an_sdk() {
    let files = [
        include_str!("../../../../fixtures/sigv4/sdk-presigns.json"),
        include_str!("../../../../fixtures/sigv4/sdk-presigns-v4a.json"),
    ];
    let records = files.iter().flat_map(|text| serde_json::from_str::<Vec<Value>>(text).unwrap());
    let mut held = 0;
    for record in records {
        let (id, input) = (record["id"].as_str().unwrap(), &record["input"]);
        let (Some(bucket), Some(key)) = (input["bucket"].as_str(), input["key"].as_str()) else {
            continue;
        };
        if !id.starts_with("aws-sdk-js:") {
            continue;
        }
        let option = |name: &str| input["options"][name].as_bool().unwrap_or(false);
        let endpoint = input["endpoint"].as_str();
        let location = Location {
            endpoint,
            region: input["region"].as_str().unwrap(),
            bucket,
            style: if input["style"] == "path" { Style::Path } else { Style::Virtual },
            provider: if endpoint.is_some() { Provider::Generic } else { Provider::Aws },
            variant: Variant {
                dualstack: option("dualstack"),
                fips: option("fips"),
                accelerate: option("accelerate"),
            },
        };
        let address = location.resolve().unwrap_or_else(|why| panic!("{id}: {why}"));
        let parsed = &record["parsed"];
        let authority = parsed["host_header"].as_str().unwrap();
        assert_eq!(address.origin.authority(), authority, "{id}");
        let path = UriPath::s3_below(&address.path_prefix, key).wire();
        let raw_path = parsed["raw_path"].as_str().unwrap();
        let wire = crate::encoding::percent_decode(raw_path).unwrap();
        assert_eq!(path, UriPath::s3(&wire).wire(), "{id}");
        held += 1;
    }
    assert!(held > 200, "only {held} records");
}
