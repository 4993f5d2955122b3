using System.Text.Json.Nodes;

namespace Analytics.AppHost.Tests.Publishing.Aws;

/// <summary>An assertion for each promise about security, on the files that are deployed.</summary>
public sealed class SecurityPromiseTests
{
    private static readonly PublishedTemplate Base = PublishedTemplate.Base, Service = PublishedTemplate.Service;

    public static TheoryData<string> Roles => ["scorer", "trainer"];

    [Fact]
    public void Network_IsolatedSubnets_LeadNowhereAndThereIsNoNat()
    {
        var routes = Base.IdsOf("AWS::EC2::Route").Select(id => Base[id]["RouteTableId"]!["Ref"]!.GetValue<string>());

        Assert.Equal(["PublicRoutes"], routes);
        Assert.All(["IsolatedSubnet1", "IsolatedSubnet2"], s =>
        {
            Assert.Equal("IsolatedRoutes", Base[$"{s}Routes"]["RouteTableId"]!["Ref"]!.GetValue<string>());
            Assert.False(Base[s]["MapPublicIpOnLaunch"]!.GetValue<bool>());
        });
        Assert.DoesNotContain(Base.Resources, r => r.Type is "AWS::EC2::NatGateway" or "AWS::EC2::EIP");
        Assert.Equal(["0", "1", "0", "1"], new[] { "PublicSubnet1", "PublicSubnet2", "IsolatedSubnet1", "IsolatedSubnet2" }.Select(s => Base[s]["AvailabilityZone"]!["Fn::Select"]![0]!.ToString()));
    }

    [Fact]
    public void Network_Store_IsReachedByAnEndpoint()
    {
        Assert.Equal("Gateway", Base["StoreEndpoint"]["VpcEndpointType"]!.GetValue<string>());
        Assert.Equal("com.amazonaws.${AWS::Region}.s3", Base["StoreEndpoint"]["ServiceName"]!["Fn::Sub"]!.GetValue<string>());
        Assert.Equal("PublicRoutes", Base["StoreEndpoint"]["RouteTableIds"]![0]!["Ref"]!.GetValue<string>());
    }

    /// <summary>Every way in, of both stacks: nothing else opens a port.</summary>
    [Fact]
    public void SecurityGroups_Ingress_IsTheBalancersToScorersAndTheFleetsToTheDatabase()
    {
        Assert.All(Base.IdsOf("AWS::EC2::SecurityGroup"), id => Assert.False(Base[id].ContainsKey("SecurityGroupIngress")));
        Assert.Empty(Service.IdsOf("AWS::EC2::SecurityGroup"));
        Assert.Equal(
            [
                "BalancerSecurityGroup tcp 443-443 from AllowedCidr or 0.0.0.0/0 if HasCertificate",
                "BalancerSecurityGroup tcp 80-80 from AllowedCidr or 0.0.0.0/0",
                "DatabaseSecurityGroup tcp 5432-5432 from ScorerSecurityGroup",
                "DatabaseSecurityGroup tcp 5432-5432 from TrainerSecurityGroup",
                "ScorerSecurityGroup tcp 5000-5000 from BalancerSecurityGroup",
            ],
            PublishedTemplate.Both.SelectMany(t => t.Template.Resources).Where(r => r.Type == "AWS::EC2::SecurityGroupIngress").Select(Way).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void SecurityGroups_Egress_IsNamedInEachGroup() => Assert.Equal(
        [
            "BalancerSecurityGroup tcp 5000 to ScorerSecurityGroup",
            "DatabaseSecurityGroup -1  to 127.0.0.1/32",
            "ScorerSecurityGroup tcp 443 to 0.0.0.0/0",
            "ScorerSecurityGroup tcp 5432 to DatabaseSecurityGroup",
            "TrainerSecurityGroup tcp 443 to 0.0.0.0/0",
            "TrainerSecurityGroup tcp 5432 to DatabaseSecurityGroup",
        ],
        Base.IdsOf("AWS::EC2::SecurityGroup").SelectMany(id => Base[id]["SecurityGroupEgress"]!.AsArray()
            .Select(e => $"{id} {e!["IpProtocol"]} {e["FromPort"]} to {e["CidrIp"] ?? e["DestinationSecurityGroupId"]!["Fn::GetAtt"]![0]}")).Order(StringComparer.Ordinal));

    [Fact]
    public void Balancer_WithoutACertificate_NeedsANetworkThatMayCall()
    {
        var rule = Service.Root["Rules"]!["PlainHttpIsForSomeAlone"]!;

        Assert.Equal("""{"Fn::Equals":[{"Ref":"CertificateArn"},""]}""", rule["RuleCondition"]!.ToJsonString());
        Assert.Equal("""{"Fn::Not":[{"Fn::Equals":[{"Ref":"AllowedCidr"},""]}]}""", rule["Assertions"]![0]!["Assert"]!.ToJsonString());
        // The whole internet is no network.
        Assert.DoesNotMatch($"^({Service.Root["Parameters"]!["AllowedCidr"]!["AllowedPattern"]})$", "0.0.0.0/0");
        Assert.Matches($"^({Service.Root["Parameters"]!["AllowedCidr"]!["AllowedPattern"]})$", "203.0.113.7/32");
    }

    [Fact]
    public void Balancer_WithACertificate_SpeaksModernTlsAndRedirects()
    {
        Assert.Equal("HTTPS", Service["HttpsListener"]["Protocol"]!.GetValue<string>());
        Assert.Equal("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", Service["HttpsListener"]["SslPolicy"]!.GetValue<string>());
        var choice = Service["HttpListener"]["DefaultActions"]![0]!["Fn::If"]!;
        Assert.Equal("HasCertificate", choice[0]!.GetValue<string>());
        Assert.Equal("""{"Type":"redirect","RedirectConfig":{"Protocol":"HTTPS","Port":"443","StatusCode":"HTTP_301"}}""", choice[1]!.ToJsonString());
        Assert.Equal("forward", choice[2]!["Type"]!.GetValue<string>());
        Assert.Contains("""{"Key":"routing.http.drop_invalid_header_fields.enabled","Value":"true"}""", Service["Balancer"]["LoadBalancerAttributes"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Instances_Metadata_NeedsATokenAndReachesContainers(string role) => Assert.Equal(
        """{"HttpEndpoint":"enabled","HttpTokens":"required","HttpPutResponseHopLimit":2}""",
        // elastic-ci-stack#857: with one hop, containers get no credentials.
        LaunchTemplates.Of(role)["MetadataOptions"]!.ToJsonString());

    [Theory]
    [MemberData(nameof(Roles))]
    public void Instances_Key_IsThereOnlyWhereGiven(string role)
    {
        Assert.Equal("""{"Fn::If":["HasKey",{"Ref":"KeyName"},{"Ref":"AWS::NoValue"}]}""", LaunchTemplates.Of(role)["KeyName"]!.ToJsonString());
        Assert.Equal("", Service.Root["Parameters"]!["KeyName"]!["Default"]!.GetValue<string>());
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Instances_Disk_IsEncrypted(string role)
    {
        var disk = LaunchTemplates.Of(role)["BlockDeviceMappings"]!.AsArray().Single()!["Ebs"]!;

        Assert.True(disk["Encrypted"]!.GetValue<bool>());
        Assert.Equal("gp3", disk["VolumeType"]!.GetValue<string>());
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Instances_Credits_AreUnlimitedWhereTheFamilyHasThem(string role)
    {
        var pascal = char.ToUpperInvariant(role[0]) + role[1..];
        Assert.Equal(
            $$$"""{"Fn::If":["{{{pascal}}}IsBurstable",{"CpuCredits":"unlimited"},{"Ref":"AWS::NoValue"}]}""", LaunchTemplates.Of(role)["CreditSpecification"]!.ToJsonString());
        Assert.Equal("t3.small", Service.Root["Parameters"]![$"{pascal}InstanceType"]!["Default"]!.GetValue<string>());
        Assert.All(
            Service.Root["Mappings"]!["InstanceTypes"]!.AsObject(),
            type => Assert.Equal(type.Key[0] == 't' ? "true" : "false", type.Value!["Burstable"]!.GetValue<string>()));
        Assert.Contains("t2.micro", Service.Root["Mappings"]!["InstanceTypes"]!.AsObject().Select(t => t.Key));
    }

    [Fact]
    public void Scorers_Group_IsOneToThreeAtSeventyPerCentAndAsHealthyAsTheBalancerSays()
    {
        Assert.Equal((1, 3), (Default("ScorerMinSize"), Default("ScorerMaxSize")));
        Assert.Equal(70, Default("CpuTarget"));
        Assert.Equal("ASGAverageCPUUtilization", Service["ScorerCpuTracking"]["TargetTrackingConfiguration"]!["PredefinedMetricSpecification"]!["PredefinedMetricType"]!.GetValue<string>());
        Assert.Equal("ELB", Service["ScorerGroup"]["HealthCheckType"]!.GetValue<string>());
        Assert.Equal("/health/ready", Service["ScorerTargets"]["HealthCheckPath"]!.GetValue<string>());
        // Its size is the group's own business: a size in the template would be restored by each deploy, under load too.
        Assert.False(Service["ScorerGroup"].ContainsKey("DesiredCapacity"));
        Assert.True(LaunchTemplates.Of("scorer")["Monitoring"]!["Enabled"]!.GetValue<bool>());
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Groups_Hooks_AbandonWhatDoesNotStartAndWaitForTheDrain(string role) => Assert.Equal(
        "launching autoscaling:EC2_INSTANCE_LAUNCHING 900 ABANDON, terminating autoscaling:EC2_INSTANCE_TERMINATING 300 CONTINUE",
        string.Join(", ", Service[$"{char.ToUpperInvariant(role[0])}{role[1..]}Group"]["LifecycleHookSpecificationList"]!.AsArray()
            .Select(h => string.Join(' ', h!.AsObject().Select(p => p.Value!.ToString())))));

    /// <summary>A refresh goes back to the version that the group had: a number, and an image by its id.</summary>
    [Theory]
    [InlineData("Scorer")]
    [InlineData("Trainer")]
    public void Groups_LaunchTemplate_IsPinnedToANumberedVersion(string role)
    {
        Assert.Equal(
            $$$"""{"Fn::If":["{{{role}}}IsPinned",{"Ref":"{{{role}}}LaunchTemplateVersion"},{"Fn::GetAtt":["{{{role}}}LaunchTemplate","LatestVersionNumber"]}]}""",
            Service[$"{role}Group"]["LaunchTemplate"]!["Version"]!.ToJsonString());
        Assert.Equal("AmazonLinux", LaunchTemplates.Of(role.ToLowerInvariant())["ImageId"]!["Ref"]!.GetValue<string>());
        Assert.Equal("AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", Service.Root["Parameters"]!["AmazonLinux"]!["Type"]!.GetValue<string>());
        Assert.DoesNotContain(Service.Resources, r => r.Resource.ContainsKey("UpdatePolicy"));
    }

    [Fact]
    public void Trainer_Group_IsOneMachineThatNothingReaches()
    {
        Assert.Equal((1, 1), (Service["TrainerGroup"]["MinSize"]!.GetValue<int>(), Service["TrainerGroup"]["MaxSize"]!.GetValue<int>()));
        Assert.False(Service["TrainerGroup"].ContainsKey("TargetGroupARNs"));
        Assert.Equal("${Prefix}-TrainerSecurityGroupId", LaunchTemplates.Of("trainer")["SecurityGroupIds"]![0]!["Fn::ImportValue"]!["Fn::Sub"]!.GetValue<string>());
    }

    [Fact]
    public void Bucket_IsVersionedEncryptedPrivateAndTlsOnly()
    {
        var bucket = Base["Bucket"];

        Assert.Equal("Enabled", bucket["VersioningConfiguration"]!["Status"]!.GetValue<string>());
        Assert.Equal("AES256", bucket["BucketEncryption"]!["ServerSideEncryptionConfiguration"]![0]!["ServerSideEncryptionByDefault"]!["SSEAlgorithm"]!.GetValue<string>());
        Assert.Equal(
            """{"BlockPublicAcls":true,"BlockPublicPolicy":true,"IgnorePublicAcls":true,"RestrictPublicBuckets":true}""", bucket["PublicAccessBlockConfiguration"]!.ToJsonString());
        var statement = Base["BucketPolicy"]["PolicyDocument"]!["Statement"]!.AsArray().Single()!;
        Assert.Equal("Deny", statement["Effect"]!.GetValue<string>());
        Assert.Equal("""{"Bool":{"aws:SecureTransport":["false"]}}""", statement["Condition"]!.ToJsonString());
        Assert.Equal("""[{"Fn::GetAtt":["Bucket","Arn"]},{"Fn::Sub":"${Bucket.Arn}/*"}]""", statement["Resource"]!.ToJsonString());
    }

    /// <summary>Current objects are models, data and the history: no rule may end them.</summary>
    [Fact]
    public void Bucket_Lifecycle_TouchesNoncurrentVersionsAndIncompleteUploadsOnly() => Assert.Equal(
        ["AbortIncompleteMultipartUpload", "Id", "NoncurrentVersionExpiration", "Status"],
        Base["Bucket"]["LifecycleConfiguration"]!["Rules"]!.AsArray().SelectMany(r => r!.AsObject().Select(p => p.Key)).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Database_IsPrivateEncryptedAndItsPasswordRds()
    {
        var database = Base["Database"];

        Assert.Equal("postgres 17", $"{database["Engine"]} {database["EngineVersion"]}");
        Assert.False(database["PubliclyAccessible"]!.GetValue<bool>());
        Assert.True(database["StorageEncrypted"]!.GetValue<bool>());
        Assert.True(database["ManageMasterUserPassword"]!.GetValue<bool>());
        Assert.False(database.ContainsKey("MasterUserPassword"));
        Assert.True(database["DeletionProtection"]!.GetValue<bool>());
        Assert.False(database["DeleteAutomatedBackups"]!.GetValue<bool>());
        Assert.True(Base.Root["Parameters"]!["DatabaseBackupDays"]!["MinValue"]!.GetValue<int>() > 0);
        Assert.Equal("""["DatabaseSecurityGroup"]""", new JsonArray([.. database["VPCSecurityGroups"]!.AsArray().Select(g => g!["Fn::GetAtt"]![0]!.DeepClone())]).ToJsonString());
        Assert.Equal(["IsolatedSubnet1", "IsolatedSubnet2"], Base["DatabaseSubnets"]["SubnetIds"]!.AsArray().Select(s => s!["Ref"]!.GetValue<string>()));
    }

    [Fact]
    public void Database_Connections_AreTlsOnlyAndVerified()
    {
        Assert.Equal("1", Base["DatabaseSettings"]["Parameters"]!["rds.force_ssl"]!.GetValue<string>());
        Assert.Equal("DatabaseSettings", Base["Database"]["DBParameterGroupName"]!["Ref"]!.GetValue<string>());
        Assert.All(RoleFiles.Services("scorer").Concat(RoleFiles.Services("trainer")).Where(s => s.Name != "collector"), service =>
        {
            var connection = service.Definition["environment"]!["ConnectionStrings__analytics"]!.GetValue<string>();
            Assert.Contains("SSL Mode=VerifyFull;Root Certificate=/etc/analytics/rds.pem", connection, StringComparison.Ordinal);
            Assert.DoesNotContain("Password", connection, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("./rds.pem:/etc/analytics/rds.pem:ro", service.Definition["volumes"]!.AsArray().Select(v => v!.GetValue<string>()));
        });
    }

    [Fact]
    public void Repositories_ScanOnPushAndNeverMoveATag() => Assert.All(Base.IdsOf("AWS::ECR::Repository"), id =>
    {
        Assert.True(Base[id]["ImageScanningConfiguration"]!["ScanOnPush"]!.GetValue<bool>());
        Assert.Equal("IMMUTABLE", Base[id]["ImageTagMutability"]!.GetValue<string>());
        Assert.Equal(2, JsonNode.Parse(Base[id]["LifecyclePolicy"]!["LifecyclePolicyText"]!.GetValue<string>())!["rules"]!.AsArray().Count);
    });

    /// <summary>With SNS's own key CloudWatch could not publish, and nobody would hear of an alarm.</summary>
    [Fact]
    public void Topic_IsEncryptedByAKeyThatCloudWatchMayUse()
    {
        Assert.Equal("TopicKey", Base["Topic"]["KmsMasterKeyId"]!["Ref"]!.GetValue<string>());
        Assert.True(Base["TopicKey"]["EnableKeyRotation"]!.GetValue<bool>());
        var alarms = Base["TopicKey"]["KeyPolicy"]!["Statement"]!.AsArray().Single(s => s!["Sid"]!.GetValue<string>() == "Alarms")!;
        Assert.Equal("""{"Service":"cloudwatch.amazonaws.com"}""", alarms["Principal"]!.ToJsonString());
        Assert.Equal("""["kms:Decrypt","kms:GenerateDataKey*"]""", alarms["Action"]!.ToJsonString());
        Assert.Equal("""{"StringEquals":{"aws:SourceAccount":[{"Ref":"AWS::AccountId"}]}}""", alarms["Condition"]!.ToJsonString());
        Assert.Equal("email", Base["TopicReader"]["Protocol"]!.GetValue<string>());
        Assert.Equal("AlarmEmail", Base["TopicReader"]["Endpoint"]!["Ref"]!.GetValue<string>());
    }

    [Fact]
    public void Workflow_MayDeploy_FromOneEnvironmentOfOneRepository()
    {
        var statement = Base["DeployRole"]["AssumeRolePolicyDocument"]!["Statement"]!.AsArray().Single()!;

        Assert.Equal("""["sts:AssumeRoleWithWebIdentity"]""", statement["Action"]!.ToJsonString());
        Assert.Equal(
            """{"StringEquals":{"token.actions.githubusercontent.com:aud":["sts.amazonaws.com"],"token.actions.githubusercontent.com:sub":[{"Fn::Sub":"repo:${GitHubRepository}:environment:${GitHubEnvironment}"}]}}""",
            statement["Condition"]!.ToJsonString());
        Assert.Equal("GitHubDeploys", Base.Root["Resources"]!["DeployRole"]!["Condition"]!.GetValue<string>());
    }

    [Fact]
    public void Secrets_AreInNoFile() => Assert.All(PublishedTemplate.Both, t => Assert.All(
        PublishedTemplate.Below(t.Template.Root).Where(n => n.Path.EndsWith("Password", StringComparison.Ordinal)),
        n => Assert.EndsWith("/ManageMasterUserPassword", n.Path, StringComparison.Ordinal)));

    private static int Default(string parameter) => Service.Root["Parameters"]![parameter]!["Default"]!.GetValue<int>();

    private static string Way((string Id, string Type, JsonObject Resource) resource)
    {
        var way = resource.Resource["Properties"]!;
        var condition = resource.Resource["Condition"] is { } c ? $" if {c}" : "";
        return $"{Group(way["GroupId"]!)} {way["IpProtocol"]} {way["FromPort"]}-{way["ToPort"]} from {Source(way)}{condition}";
    }

    private static string Source(JsonNode way) => way["SourceSecurityGroupId"] is { } group
        ? Group(group)
        : $"{way["CidrIp"]!["Fn::If"]![1]!["Ref"]} or {way["CidrIp"]!["Fn::If"]![2]}";

    private static string Group(JsonNode group) =>
        group["Fn::GetAtt"]?[0]?.GetValue<string>() ?? group["Fn::ImportValue"]!["Fn::Sub"]!.GetValue<string>()["${Prefix}-".Length..^"Id".Length];
}
